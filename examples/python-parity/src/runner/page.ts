/** The generated part of `docs/from-python.md`. `scripts/generate-tables.mjs` writes it. */
import { type Killed, killed, type Pair, pairs, sections } from "./pairs.ts"
import { type Deaths, linesOf, recorded, recordedDeaths, sourceOf } from "./programs.ts"

/** What is wrong with the list, as lines. */
export const problemsOf = (): ReadonlyArray<string> => {
  const deaths = recordedDeaths()
  return [
    ...pairs
      .filter((pair) => !killed.some(({ name }) => name === pair.killed))
      .map((pair) => `${pair.name}: no program shows what happens when a child dies`),
    ...killed
      .filter(({ name }) => deaths[name] === undefined)
      .map(({ name }) => `${name}: not recorded; run node src/main.ts --record --killed ${name}`)
  ]
}

/** A table of deaths, then each pair: both programs, what both print, what differs, and what happens when a child dies. */
export const renderPage = (): string => {
  const deaths = recordedDeaths()
  return sections
    .flatMap((section) => [`## ${section.title}`, ...section.pairs.map((pair) => renderPair(pair, deaths))])
    .join("\n\n")
}

const renderPair = (pair: Pair, deaths: Readonly<Record<string, Deaths>>): string =>
  [
    `### ${pair.title.replaceAll("_", "\\_")}`,
    fence("python", sourceOf(`python/${pair.name}.py`)),
    fence("ts no-check", sourceOf(`src/${pair.name}.ts`)),
    "Both print:",
    fence("text", recorded(pair.name).prints.join("\n")),
    pair.note,
    deathOf(
      killed.find(({ name }) => name === pair.killed)!,
      deaths[pair.killed]!
    )
  ].join("\n\n")

const fence = (language: string, code: string): string => `\`\`\`${language}\n${code.trimEnd()}\n\`\`\``

/** One sentence; what the programs print stands in italics. */
const deathOf = ({ what }: Killed, { heddle, python }: Deaths): string =>
  `**When a child dies.** If ${what.replaceAll("_", "\\_")}, ${says("Python", python)}, and ${says("Heddle", heddle)}.`

const says = (who: string, one: Deaths["python"]): string => {
  const printed = one.prints.map((line) => `_${line.replaceAll("_", "\\_")}_`).join(", ")
  if (one.ends) return `${who} prints ${printed}`
  return one.prints.length === 0 ? `${who} hangs` : `${who} prints ${printed}, then hangs`
}

/** One row for each construct. */
export const deathRows = (): ReadonlyArray<ReadonlyArray<string>> => {
  const deaths = recordedDeaths()
  return killed.map(({ name, title, what }) => [
    title.replaceAll("_", "\\_"),
    what.replaceAll("_", "\\_"),
    cell(deaths[name]!.python),
    cell(deaths[name]!.heddle)
  ])
}

const cell = (one: Deaths["python"]): string =>
  linesOf(one)
    .map((line, i) => (i === one.prints.length ? "**hangs**" : `_${line.replaceAll("_", "\\_")}_`))
    .join(", ")
