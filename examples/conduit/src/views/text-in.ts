/** Returns the text of a field; empty for a file, and for a field that is not there. */
export const textIn = (form: FormData, name: string): string => {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
};
