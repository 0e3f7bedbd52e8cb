import { type Credentials, readCredentials } from './credentials.js';
import { serviceRoot } from './service-root.js';

/** Services that this process was told the credentials of. */
const told = new Map<string, Credentials>();

/** Credentials that a user gave for a service, to be used when something of an archive is fetched from it again. */
export function rememberCredentials(root: string, credentials: Credentials): void {
  told.set(root, credentials);
}

/**
 * Credentials for a service that an archive names. An archive may come from anybody and name any server, so
 * credentials go to no other than those that the user named: by the command, or as VOXSEEK_DICOMWEB_URL.
 *
 * @param root as `serviceRoot` gives it.
 * @throws VoxseekError as {@link readCredentials}; USAGE where VOXSEEK_DICOMWEB_URL is no address
 */
export async function credentialsFor(
  root: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Credentials> {
  const known = told.get(root);
  if (known !== undefined) return known;
  const own = environment.VOXSEEK_DICOMWEB_URL;
  return own && serviceRoot(own) === root ? readCredentials({}, environment) : { kind: 'none' };
}
