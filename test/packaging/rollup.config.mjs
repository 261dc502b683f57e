// What docs/library.md names for Rollup, once for both formats. SOURCE and FOLDER say from where and to where.
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import nodeResolve from '@rollup/plugin-node-resolve';

const { SOURCE, FOLDER } = process.env;

export default {
  input: SOURCE,
  plugins: [nodeResolve({ preferBuiltins: true }), commonjs(), json()],
  output: ['esm', 'cjs'].map((format) => ({
    file: `${FOLDER}/${format}/program.${format === 'esm' ? 'mjs' : 'cjs'}`,
    format,
    inlineDynamicImports: true,
  })),
};
