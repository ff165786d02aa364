export function printNames(what: string | undefined): number {
  return what === undefined ? 64 : 0;
}
