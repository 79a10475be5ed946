/**
 * Renders a snapshot of a tree as text.
 *
 * @since 0.1.0
 */
import type { ChildSnapshot, SupervisorSnapshot } from "../model/supervision.ts"

const describeSupervisor = (snapshot: SupervisorSnapshot, notes: ReadonlyArray<string>): string =>
  [
    `${snapshot.id}  ${snapshot.strategy}`,
    snapshot.state,
    `restarts ${snapshot.recentRestarts} of ${snapshot.intensity} in ${snapshot.period / 1000} s`,
    ...notes
  ].join(", ")

/** Mentions only values other than the default. */
const notesOf = (child: ChildSnapshot, fibers: boolean): ReadonlyArray<string> => [
  ...(child.restart === "permanent" ? [] : [child.restart]),
  ...(child.significant ? ["significant"] : []),
  ...(child.starts > 1 ? [`start ${child.starts}`] : []),
  ...(fibers && child.fiber !== undefined ? [`fiber ${child.fiber}`] : [])
]

const linesOf = (
  children: ReadonlyArray<ChildSnapshot>,
  indent: string,
  fibers: boolean
): ReadonlyArray<string> =>
  children.flatMap((child, index) => {
    const isLast = index === children.length - 1
    const branch = `${indent}${isLast ? "└─ " : "├─ "}`
    const notes = notesOf(child, fibers)
    const below = child.supervisor
    if (below === undefined) return [`${branch}${child.id}  ${[child.state, ...notes].join(", ")}`]
    return [
      `${branch}${describeSupervisor(below, notes)}`,
      ...linesOf(below.children, `${indent}${isLast ? "   " : "│  "}`, fibers)
    ]
  })

export const renderTree = (snapshot: SupervisorSnapshot, fibers: boolean): string =>
  [describeSupervisor(snapshot, []), ...linesOf(snapshot.children, "", fibers)].join("\n")
