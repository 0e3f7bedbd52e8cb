import { Dialog } from '../controls/Dialog.js';
import styles from './HelpDialog.module.css';
import { shortcutHelp } from './shortcuts.js';

export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard and mouse" onClose={onClose}>
      <div className={styles.groups}>
        {shortcutHelp.map(({ group, keys }) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {keys.map(([names, meaning]) => (
                <div key={meaning}>
                  <dt>
                    {names.map((name) => (
                      <kbd key={name}>{name}</kbd>
                    ))}
                  </dt>
                  <dd>{meaning}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className={styles.note}>
        Pictures are shown as radiologists look at them: the patient's right on the left side, the nose to the
        left. Positions are RAS+ millimetres. Voxseek is a research tool, not a medical device.
      </p>
    </Dialog>
  );
}
