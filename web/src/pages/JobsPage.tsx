import { Placeholder } from '../controls/Placeholder.js';

export default function JobsPage() {
  return <Placeholder title="Jobs">Nothing is shown here yet.</Placeholder>;
}
