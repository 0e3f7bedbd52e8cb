export interface NamedFile {
  /** File name, with the folders of a dropped folder. */
  readonly name: string;
  readonly file: File;
}

/** @returns all files of what was dropped, folders opened. */
export async function droppedFiles(transfer: DataTransfer): Promise<NamedFile[]> {
  // The items are gone as soon as the event is over: take all entries before the first wait.
  const dropped = [...transfer.items].map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const nested = await Promise.all(
    dropped.map((entry) => {
      // What comes from a program and not from a file system has no entry.
      if (entry instanceof File) return [{ name: entry.name, file: entry }];
      return entry === null ? [] : filesOf(entry, '');
    }),
  );
  return nested.flat();
}

async function filesOf(entry: FileSystemEntry, folder: string): Promise<NamedFile[]> {
  const name = `${folder}${entry.name}`;
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ name, file }];
  }
  if (!isFolder(entry)) return [];
  const reader = entry.createReader();
  const files: NamedFile[] = [];
  // A reader hands out a folder in pieces, and an empty one at the end.
  for (;;) {
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (piece.length === 0) return files;
    for (const child of piece) files.push(...(await filesOf(child, `${name}/`)));
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

/** @returns what was chosen in a file dialog, of files or of a folder. */
export function chosenFiles(list: FileList): NamedFile[] {
  return [...list].map((file) => ({
    name: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath,
    file,
  }));
}
