/** What is rendered: a thousand rows, of which some have characters that are escaped. */
export const rows = Array.from({ length: 1_000 }, (_, index) => ({
  id: index + 1,
  label: index % 7 === 0 ? `<b>row</b> & "${index}"` : `row number ${index}`,
}));
