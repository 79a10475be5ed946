import { assert, describe, it } from "@effect/vitest"
import type { HostTask } from "../../../../src/internal/host/tasks/HostTask.ts"
import * as Family from "../../../../src/internal/host/tasks/family.ts"

/** As much of a task as the tree of tasks looks at. */
const task = (name: string): HostTask =>
  ({ name, state: "sent", family: undefined }) as Partial<HostTask> as HostTask

const tree = () => {
  const [root, child, grandchild, sibling] = [
    task("root"),
    task("child"),
    task("grandchild"),
    task("sibling")
  ]
  Family.adopt(root, child, true)
  Family.adopt(root, sibling, false)
  Family.adopt(child, grandchild, true)
  return { root, child, grandchild, sibling, lenders: new Set<HostTask>() }
}

describe("the tree of tasks", () => {
  it("knows how deep each is, who called it, and the chain down to it", () => {
    const { child, grandchild, root, sibling } = tree()
    assert.deepStrictEqual([root, child, grandchild, sibling].map(Family.depthOf), [0, 1, 2, 1])
    assert.deepStrictEqual(Family.chainOf(grandchild), ["root", "child", "grandchild"])
    assert.isTrue(Family.isDescendant(grandchild, root))
    assert.isFalse(Family.isDescendant(root, grandchild))
    assert.isFalse(Family.isDescendant(grandchild, sibling))
    assert.isFalse(Family.isDescendant(child, child))
    assert.strictEqual(
      Family.findCaller(grandchild, ({ name }) => name !== "grandchild"),
      child
    )
    assert.isUndefined(Family.findCaller(grandchild, ({ name }) => name === "sibling"))
    assert.strictEqual(Family.depthOf(task("alone")), 0)
  })
})

describe("lent slots", () => {
  it("S145: a task lends its slot exactly while it waits, to one borrower at a time", () => {
    const { child, lenders, root, sibling } = tree()
    assert.deepStrictEqual([...lenders], [])
    Family.awaitChild(lenders, child)
    Family.awaitChild(lenders, sibling)
    assert.deepStrictEqual([...lenders], [root])
    Family.lend(lenders, root, child)
    assert.deepStrictEqual([...lenders], [])
    assert.strictEqual(root.family?.borrower, child)
    child.state = "settled"
    Family.release(lenders, child)
    Family.leave(lenders, child)?.()
    assert.deepStrictEqual([...lenders], [root])
    Family.leave(lenders, sibling)?.()
    assert.deepStrictEqual([...lenders], [])
  })

  it("S145: a borrower that waits lends in its turn, so that a slot is shared by a line of ancestors", () => {
    const { child, grandchild, lenders, root } = tree()
    Family.awaitChild(lenders, child)
    Family.lend(lenders, root, child)
    Family.awaitChild(lenders, grandchild)
    assert.deepStrictEqual([...lenders], [child])
    Family.lend(lenders, child, grandchild)
    assert.deepStrictEqual([...lenders], [])
  })

  it("a task that no worker holds has no slot to lend", () => {
    const { child, lenders, root } = tree()
    root.state = "queued"
    Family.awaitChild(lenders, child)
    assert.deepStrictEqual([...lenders], [])
    root.state = "sent"
    Family.awaitChild(lenders, child)
    Family.release(lenders, root)
    assert.deepStrictEqual([...lenders], [])
    assert.strictEqual(root.family?.awaited.size, 0)
  })

  it("a lender that ends leaves its borrower to go on, and is not to be had again when that ends", () => {
    const { child, lenders, root } = tree()
    Family.awaitChild(lenders, child)
    Family.lend(lenders, root, child)
    root.state = "settled"
    Family.release(lenders, root)
    assert.isUndefined(child.family?.lender)
    Family.release(lenders, child)
    Family.leave(lenders, child)?.()
    assert.deepStrictEqual([...lenders], [])
  })
})

describe("the ends of a family", () => {
  it("G3: told to end, it takes along the children that may be interrupted; ended, all of them", () => {
    const { child, root, sibling } = tree()
    assert.deepStrictEqual(Family.childrenToEnd(root, false), [child])
    assert.deepStrictEqual(Family.childrenToEnd(root, true), [child, sibling])
    assert.deepStrictEqual(Family.childrenToEnd(task("alone"), true), [])
  })

  it("G2: what waits for the children happens once the last of them has left, in order, once", () => {
    const { child, lenders, root, sibling } = tree()
    const heard: Array<string> = []
    Family.afterChildren(root, () => heard.push("first"))
    Family.afterChildren(root, () => heard.push("second"))
    Family.leave(lenders, child)?.()
    Family.leave(lenders, child)?.()
    assert.deepStrictEqual(heard, [])
    Family.leave(lenders, sibling)?.()
    Family.leave(lenders, sibling)?.()
    assert.deepStrictEqual(heard, ["first", "second"])
    Family.afterChildren(root, () => heard.push("at once"))
    assert.deepStrictEqual(heard, ["first", "second", "at once"])
  })
})
