// The report of `termite doctor` for a person: groups, a line a finding, the remedy below it, every walk place by place.
// Pure.
import { styleText } from "node:util";
import type { DoctorReport, Finding, FindingStatus } from "../doctor/finding.ts";
import type { SearchPlace } from "../plugins/search/search-result.ts";
import { escapeControls } from "./log-format.ts";
import { wrapText } from "./table.ts";
import type { TableOptions } from "./table.ts";

/** By what stands before the dot in an id. */
const GROUPS: Readonly<Record<string, string>> = {
  system: "SYSTEM",
  hardware: "ACCELERATORS",
  libraries: "FOREIGN LIBRARIES IN THE WAY",
  folder: "FOLDERS",
  disk: "DISK",
  asset: "EXTRACTED FROM THE EXECUTABLE",
  plugin: "PLUGINS",
  search: "WHERE ENGINES ARE LOOKED FOR",
  engine: "ENGINES TRIED",
  config: "CONFIGURATION",
  network: "NETWORK",
};

const COLORS = { ok: "green", warn: "yellow", fail: "red" } as const satisfies Record<FindingStatus, string>;
const MARK_WIDTH = 4;
/** Narrower than this a text is not wrapped to. */
const LEAST_TEXT_WIDTH = 30;

/** Ends with the line "12 ok, 2 warnings, 0 failures". */
export function formatReport({ findings, search }: DoctorReport, look: TableOptions): string {
  const groups = Map.groupBy(findings, ({ id }) => splitId(id).group);
  const places = new Map<string, readonly SearchPlace[]>(Object.entries(search));
  const texts = [...groups].map(([group, members]) => formatGroup(group, members, { look, places }));
  return `${texts.join("\n")}\n${formatSummary(findings)}\n`;
}

export function formatSummary(findings: readonly Finding[]): string {
  const count = (wanted: FindingStatus) => findings.filter(({ status }) => status === wanted).length;
  return `${count("ok")} ok, ${formatCount(count("warn"), "warning")}, ${formatCount(count("fail"), "failure")}`;
}

interface GroupOptions {
  look: TableOptions;
  places: ReadonlyMap<string, readonly SearchPlace[]>;
}

function formatGroup(group: string, findings: readonly Finding[], { look, places }: GroupOptions): string {
  const title = GROUPS[group] ?? group.toUpperCase();
  const nameWidth = Math.max(...findings.map(({ id }) => splitId(id).name.length));
  const lines = findings.flatMap((finding) => [
    ...formatFinding(finding, nameWidth, look),
    ...(group === "search" ? formatPlaces(places.get(splitId(finding.id).name) ?? [], look) : []),
  ]);
  return [paint("bold", title, look), ...lines, ""].join("\n");
}

function formatFinding(finding: Finding, nameWidth: number, look: TableOptions): string[] {
  const { status, found, needed, remedy } = finding;
  const indent = 2 + MARK_WIDTH + 2 + nameWidth + 2;
  const mark = paint(COLORS[status], status.padEnd(MARK_WIDTH), look);
  const head = `  ${mark}  ${splitId(finding.id).name.padEnd(nameWidth)}  `;
  const [first = "", ...rest] = wrapAt(found, indent, look);
  return [
    head + first,
    ...rest.map((line) => " ".repeat(indent) + line),
    ...(status === "ok" || needed === undefined ? [] : formatLabelled("needed", needed, { indent, look })),
    ...(remedy === undefined ? [] : formatLabelled("remedy", remedy, { indent, look })),
  ];
}

interface TextPlace {
  indent: number;
  look: TableOptions;
}

function formatLabelled(label: string, text: string, { indent, look }: TextPlace): string[] {
  const inner = indent + label.length + 2;
  const [first = "", ...rest] = wrapAt(text, inner, look);
  return [`${" ".repeat(indent)}${label}: ${first}`, ...rest.map((line) => " ".repeat(inner) + line)];
}

/** `- plugins_dir/onnx/cuda/current (/home/a/.termite/plugins/onnx/cuda/current): absent, found no "libonnxruntime.so"` */
function formatPlaces(places: readonly SearchPlace[], look: TableOptions): string[] {
  const indent = 2 + MARK_WIDTH + 2;
  return places.flatMap((place) => {
    const [first = "", ...rest] = wrapAt(formatPlace(place), indent + 2, look);
    return [`${" ".repeat(indent)}- ${first}`, ...rest.map((line) => " ".repeat(indent + 2) + line)];
  });
}

function formatPlace({ name, path, outcome, reason }: SearchPlace): string {
  const where = path === undefined || path === name ? name : `${name} (${path})`;
  return `${where}: ${outcome}${reason === undefined ? "" : `, ${reason}`}`;
}

function wrapAt(text: string, indent: number, { width }: TableOptions): string[] {
  const plain = escapeControls(text);
  return width === undefined ? [plain] : wrapText(plain, Math.max(LEAST_TEXT_WIDTH, width - indent));
}

function splitId(id: string): { group: string; name: string } {
  const dot = id.indexOf(".");
  return { group: id.slice(0, dot), name: id.slice(dot + 1) };
}

function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function paint(style: "bold" | "green" | "yellow" | "red", text: string, { color }: TableOptions): string {
  return color === true ? styleText(style, text, { validateStream: false }) : text;
}
