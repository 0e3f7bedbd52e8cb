import { Placeholder } from '../controls/Placeholder.js';

export default function ReportsPage() {
  return <Placeholder title="Reports">Nothing is shown here yet.</Placeholder>;
}
