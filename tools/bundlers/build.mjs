#!/usr/bin/env node
// Bundles a program as its users do, everything inlined, with each bundler: `node build.mjs <input> <folder>`.
// Prints, as JSON, how each bundle is called: { "<bundler>": "<file>" }.
import { nodeResolve } from "@rollup/plugin-node-resolve"
import { build as esbuild } from "esbuild"
import { rolldown } from "rolldown"
import { rollup } from "rollup"
import { build as tsdown } from "tsdown"
import { build as tsup } from "tsup"
import { build as vite } from "vite"
import webpack from "webpack"
import { dirname, join, resolve } from "node:path"
import process from "node:process"

const [input, folder] = process.argv.slice(2).map((path) => resolve(path))

const runWebpack = (options) =>
  new Promise((done, fail) => {
    const compiler = webpack({
      mode: "production",
      target: "node",
      context: dirname(input),
      entry: input,
      optimization: { minimize: false },
      ...options
    })
    compiler.run((error, stats) =>
      compiler.close(() => {
        if (error) fail(error)
        else if (stats.hasErrors()) fail(new Error(stats.toString({ all: false, errors: true })))
        else done()
      })
    )
  })

/** By name: what writes `host.mjs`, or `host.cjs` where the name ends so, into a folder. */
const bundlers = {
  esbuild: (out) =>
    esbuild({
      entryPoints: [input],
      bundle: true,
      minify: true,
      platform: "node",
      format: "esm",
      outfile: join(out, "host.mjs")
    }),
  // In CommonJS made by esbuild, `import.meta.url` is missing.
  "esbuild-cjs": (out) =>
    esbuild({
      entryPoints: [input],
      bundle: true,
      platform: "node",
      format: "cjs",
      outfile: join(out, "host.cjs"),
      logOverride: { "empty-import-meta": "silent" }
    }),
  tsup: (outDir) =>
    tsup({
      entry: { host: input },
      outDir,
      format: ["esm"],
      outExtension: () => ({ js: ".mjs" }),
      platform: "node",
      noExternal: [/.*/],
      config: false,
      clean: false,
      silent: true
    }),
  tsdown: (outDir) =>
    tsdown({
      entry: { host: input },
      outDir,
      format: "esm",
      platform: "node",
      deps: { alwaysBundle: [/.*/], onlyBundle: false },
      config: false,
      clean: false,
      dts: false,
      logLevel: "error"
    }),
  rolldown: async (out) => {
    const made = await rolldown({ input, platform: "node", logLevel: "silent" })
    await made.write({ dir: out, entryFileNames: "host.mjs", format: "esm" })
    await made.close()
  },
  rollup: async (out) => {
    const made = await rollup({
      input,
      external: /^node:/,
      plugins: [nodeResolve({ exportConditions: ["node"] })],
      logLevel: "silent"
    })
    await made.write({ dir: out, entryFileNames: "host.mjs", format: "esm" })
    await made.close()
  },
  vite: (outDir) =>
    vite({
      configFile: false,
      root: dirname(input),
      ssr: { noExternal: true },
      build: {
        ssr: input,
        outDir,
        emptyOutDir: false,
        rolldownOptions: { output: { entryFileNames: "host.mjs" } }
      },
      logLevel: "error"
    }),
  // In either form made by webpack, `import.meta.url` is the place where a module was when the bundle was built.
  webpack: (path) =>
    runWebpack({
      experiments: { outputModule: true },
      output: { path, filename: "host.mjs", module: true, chunkFormat: "module" }
    }),
  "webpack-cjs": (path) => runWebpack({ output: { path, filename: "host.cjs" } })
}

const built = {}
for (const [name, build] of Object.entries(bundlers)) {
  const out = join(folder, name, "dist")
  try {
    await build(out)
  } catch (error) {
    throw new Error(`${name} cannot bundle a program that imports Heddle`, { cause: error })
  }
  built[name] = join(out, name.endsWith("-cjs") ? "host.cjs" : "host.mjs")
}
console.log(JSON.stringify(built))
