// Figures of `/metrics`, as many as the scenarios need.

/** All samples whose name and labels match, summed; NaN where there is none. */
export type Figures = (name: string, labels?: Readonly<Record<string, string>>) => number;

export async function readFigures(url: string): Promise<Figures> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return (name, labels = {}) => {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const values = text.split("\n").flatMap((line) => {
      const [, found, inside = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      return found === name && wanted.every((label) => inside.split(",").includes(label)) ? [Number(value)] : [];
    });
    return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0);
  };
}

/** What was added between two looks; a series that was not there before began at 0. */
export function subtract(after: Figures, before: Figures): Figures {
  return (name, labels) => {
    const start = before(name, labels);
    return after(name, labels) - (Number.isNaN(start) ? 0 : start);
  };
}
