/** The looks, as text that each page carries: a page needs no other file, and works from a folder. */

const base = `
:root{color-scheme:light dark;--bg:light-dark(#fff,#0d1117);--soft:light-dark(#f6f8fa,#161b22);--line:light-dark(#d8dee4,#30363d);--text:light-dark(#1f2328,#e6edf3);--dim:light-dark(#59636e,#9198a1);--accent:light-dark(#0969da,#58a6ff);--bad:light-dark(#cf222e,#ff7b72)}
*{box-sizing:border-box}
html{scroll-padding-top:4.5rem}
body{margin:0;background:var(--bg);color:var(--text);font:1rem/1.65 system-ui,-apple-system,"Segoe UI",sans-serif;-webkit-text-size-adjust:100%}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
code,pre{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace}
body>header{position:sticky;top:0;z-index:1;display:flex;gap:1rem;align-items:center;padding:.6rem 1.5rem;background:var(--bg);border-bottom:1px solid var(--line)}
.brand{font-weight:650;color:var(--text);white-space:nowrap}
footer{padding:2rem 1.5rem;color:var(--dim);font-size:.85rem;text-align:center}
`

export const pageCss = `${base}
nav.crumbs{color:var(--dim);font-size:.9rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
nav.crumbs>*+*::before{content:"/";margin:0 .45em;color:var(--line)}
.columns{display:grid;grid-template-columns:minmax(0,46rem);justify-content:center;gap:3rem;padding:1.5rem}
@media(min-width:70rem){.columns.toc{grid-template-columns:minmax(0,46rem) 15rem}}
aside{display:none;font-size:.85rem;line-height:1.5}
@media(min-width:70rem){aside{display:block;position:sticky;top:4.5rem;max-height:calc(100vh - 6rem);overflow:auto}}
aside ol{list-style:none;margin:.5rem 0;padding:0 0 0 .75rem;border-left:1px solid var(--line)}
aside a{color:var(--dim);display:block;padding:.1rem 0;overflow-wrap:anywhere}
article{overflow-wrap:break-word}
article h1{font-size:2rem;line-height:1.25;margin:.5rem 0 1.25rem}
article h2{margin-top:2.5rem;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
article h1,article h2,article h3,article h4{text-wrap:balance}
article pre{padding:1rem;overflow:auto;background:var(--soft);border:1px solid var(--line);border-radius:.5rem;font-size:.86rem;line-height:1.5}
article :not(pre)>code{padding:.15em .35em;background:var(--soft);border-radius:.3em;font-size:.88em}
article blockquote{margin:1rem 0;padding:0 1rem;color:var(--dim);border-left:.25rem solid var(--line)}
article .table{overflow-x:auto}
article table{border-collapse:collapse;font-size:.92rem}
article td,article th{padding:.4rem .75rem;border:1px solid var(--line);text-align:left}
article hr{border:0;border-top:1px solid var(--line);margin:2rem 0}
article .image{color:var(--dim);font-size:.85em}
`

export const indexCss = `${base}
.search{flex:1;max-width:30rem;margin-left:auto;padding:.5rem .9rem;color:inherit;background:var(--soft);border:1px solid var(--line);border-radius:.5rem;font:inherit}
.search:focus{outline:2px solid var(--accent);outline-offset:-1px}
main{max-width:80rem;margin:0 auto;padding:1.5rem}
.intro{display:flex;flex-wrap:wrap;gap:.25rem 2rem;align-items:baseline;margin-bottom:1.5rem;color:var(--dim)}
.intro h1{margin:0;font-size:2rem;line-height:1.2;color:var(--text)}
.intro b{color:var(--text)}
.groups{columns:22rem;column-gap:1rem}
section{break-inside:avoid;margin:0 0 1rem;padding:1rem 1.1rem;background:var(--soft);border:1px solid var(--line);border-radius:.6rem}
section h2{margin:0;font-size:1.02rem;overflow-wrap:anywhere}
section h2 small{color:var(--dim);font-weight:400}
section p{margin:.2rem 0 .5rem;color:var(--dim);font-size:.86rem;line-height:1.4}
section ul{list-style:none;margin:0;padding:0;max-height:22rem;overflow:auto}
section li{display:flex;gap:.75rem;justify-content:space-between;font-size:.92rem;padding:.08rem 0}
section li small{color:var(--dim);white-space:nowrap;font-variant-numeric:tabular-nums}
section li.failed *{color:var(--bad)}
[hidden]{display:none!important}
`
