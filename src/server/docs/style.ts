// How `/docs` looks. It stands in the page itself, whose policy permits exactly this text by its hash.

export const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem; }
h1 { margin: 0; } h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); } h4 { margin: 1rem 0 .25rem; }
code, pre { font: 13px/1.45 ui-monospace, monospace; } pre { background: var(--soft); padding: .6rem; overflow-x: auto; margin: .25rem 0; }
details { border-bottom: 1px solid var(--line); padding: .35rem 0; } summary { cursor: pointer; } details > div { padding: 0 0 1rem 1rem; }
.method { display: inline-block; min-width: 3.2rem; font-weight: 600; } .summary { opacity: .75; margin-left: .6rem; }
table { border-collapse: collapse; width: 100%; } td { border-top: 1px solid var(--line); padding: .2rem .6rem .2rem 0; vertical-align: top; }
.required::after { content: " *"; color: #c33; }
@media (max-width: 40rem) { .summary { display: block; margin: 0; } }
`;
