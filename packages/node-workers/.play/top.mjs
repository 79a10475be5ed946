import { readFileSync, readdirSync } from "node:fs"
for (const f of readdirSync("prof")) {
  const p = JSON.parse(readFileSync("prof/" + f)); const self = new Map(); let total = 0
  const byId = new Map(p.nodes.map(n => [n.id, n]))
  p.samples.forEach((id, i) => { const n = byId.get(id); const dt = p.timeDeltas[i]; const c = n.callFrame; const k = `${c.functionName || "(anon)"} ${c.url.split("/").slice(-2).join("/")}:${c.lineNumber+1}`; self.set(k, (self.get(k) ?? 0) + dt); total += dt })
  console.log("==", f, Math.round(total/1000), "ms"); for (const [k, v] of [...self].sort((a, b) => b[1] - a[1]).slice(0, 28)) console.log((v / total * 100).toFixed(1).padStart(5), k)
}
