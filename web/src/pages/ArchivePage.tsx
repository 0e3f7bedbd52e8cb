import { Placeholder } from '../controls/Placeholder.js';

export default function ArchivePage() {
  return <Placeholder title="Archive">Nothing is shown here yet.</Placeholder>;
}
