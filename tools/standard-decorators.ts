import { transform } from 'esbuild';

/**
 * Vite plugin: lowers decorators of the standard (TC39 2023-11) dialect with esbuild.
 * The transformer inside Vite knows the legacy dialect only and leaves standard decorators in its output.
 *
 * @param include says which files are written in the standard dialect
 */
export function standardDecorators(include: (file: string) => boolean) {
  return {
    name: 'standard-decorators',
    enforce: 'pre' as const,
    transform: {
      filter: { id: /\.[cm]?tsx?$/, code: /@|\baccessor\b/ },
      async handler(code: string, id: string) {
        if (!include(id)) return;
        const { code: output, map } = await transform(code, {
          loader: id.endsWith('x') ? 'tsx' : 'ts',
          jsx: 'preserve',
          target: 'es2022',
          sourcefile: id,
          sourcemap: 'external',
          tsconfigRaw: {
            compilerOptions: { experimentalDecorators: false, useDefineForClassFields: true, verbatimModuleSyntax: true },
          },
        });
        return { code: output, map };
      },
    },
  };
}
