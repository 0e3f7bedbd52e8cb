import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { openSession } from '../api/client.js';
import { Dialog } from '../controls/Dialog.js';
import { Notice } from '../controls/Notice.js';
import styles from './TokenDialog.module.css';

/** Asks for the token of a server that wants one. */
export function TokenDialog() {
  const queries = useQueryClient();
  const [text, setText] = useState('');
  const opening = useMutation({ mutationFn: openSession, onSuccess: () => queries.resetQueries() });
  return (
    <Dialog title="This server asks for its token">
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          opening.mutate(text.trim());
        }}
      >
        <label htmlFor="token">
          The token that the server was started with. It is kept until this tab is closed.
        </label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button
          type="submit"
          className="button button-primary"
          disabled={text.trim() === '' || opening.isPending}
        >
          Open
        </button>
      </form>
      {opening.error === null ? null : <Notice error={opening.error} compact />}
    </Dialog>
  );
}
