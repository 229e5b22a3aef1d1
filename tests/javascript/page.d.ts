/* What the parts of the review page are to each other. Every page has a `book`, which knows what was decided, and a `card`, which shows it. */

/** What the page knows of the report beside its items. */
interface About {
  columns: string[];
  separators: string;
  previews: string;
  file: string;
  command: string;
}

/** The answer to a decision, in words for a person: `said` when it is done, `refused` when it cannot be. */
interface Answer {
  said?: string;
  refused?: string;
}

/** A file as a page names it: `cell` is its path as the report has it, `url` where the browser finds it, both missing where it is away. */
interface Pictured {
  n: number;
  path: string;
  folder: string;
  name: string;
  preview?: string;
  large?: string;
  url?: string;
  away?: boolean;
}

interface Item {
  index: number;
  text: string;
}

interface GroupFile extends Pictured {
  row: string[];
  size: number;
  width: string;
  height: string;
  date: string;
  camera: string;
  reason: string;
  similarity: string;
  location: string;
  /** Always kept. */
  reference?: boolean;
}

interface Decisions {
  actions: string[];
  ignored: boolean;
}

interface Group extends Item, Decisions {
  files: GroupFile[];
  label: string;
  kind: string;
  gain: number;
  start: Decisions;
  /** Decided in an earlier run. */
  earlier: boolean;
}

/** Open groups of one kind whose files lie in the same folders. */
interface Pattern {
  kind: string;
  folders: string[];
  items: Group[];
}

interface CandidatePhoto extends Pictured {
  cell: string;
  score: string;
  note?: string;
}

interface Thumbnail extends Item, Pictured {
  row: string[];
  candidates: CandidatePhoto[];
  set: string;
  status: string;
  reason: string;
  score: string;
  first: number;
  versions: string;
  choice: string;
}

/** What the compare view shows of an item: `fixed` is the place of the picture that the others are held against. */
interface Pictures {
  fixed: number;
  shown: (Pictured & { points: string[]; mark: string })[];
  wanted?: number;
}

interface Choice {
  verb: string;
  text: string;
  pressed: boolean;
}

interface Key {
  keys: string[];
  verb: string;
  text: string;
  viewed?: string;
  onward?: boolean;
  numbered?: boolean;
}

/** Items and what was decided on each; pure, but for the items themselves. */
interface Book<T extends Item> {
  items?: T[];
  read(facts: About, raw: any[]): T[];
  decide(item: T, verb: string, n?: number): Answer;
  code(item: Decisions & T): string;
  restore(item: T, text: string): void;
  rows(): Iterable<string[]>;
  sums(): { text: string[][]; done: number };
  status(item: T): string;
  pictures(item: T): Pictures;
  choices(item: T, n: number): Choice[];
  sorts: Record<string, [string, (a: T, b: T) => number]>;
  keys: Key[];
  readonly kinds: Record<string, string>;
  statuses: Record<string, string>;
  kindLabel: string;
  one: string;
  open(item: T): boolean;
  kind(item: T): string;
  folders(item: T): string[];
  short(folder: string): string;
  title(item: T): string;
  overview(): string;
}

interface GroupsBook extends Omit<Book<Group>, "code"> {
  best(item: Group): number;
  complete(item: Group, wanted: (file: GroupFile) => boolean): void;
  branch(file: { folder: string; location: string }): string;
  branchName(folder: string): string;
  code(decisions: Decisions): string;
  isLast(item: Group, n: number): boolean;
  points(file: GroupFile): string[];
}

interface MatchesBook extends Omit<Book<Thumbnail>, "code"> {
  code(item: Thumbnail): string;
  standing(item: Thumbnail): string;
  taken(item: Thumbnail): number;
  points(item: Thumbnail, n: number): string[];
}

/** How an item is shown in the long list. */
interface Card<T extends Item> {
  /** The height that a card is likely to take, in rem, on a deck of this width in rem. */
  tall(item: T, width: number): number;
  fill(element: HTMLElement, item: T, about: About): void;
  refresh(element: HTMLElement, item: T): void;
}

/** The elements of page.html and people.html that are more than an HTMLElement. */
interface ById {
  compare: HTMLDialogElement;
  help: HTMLDialogElement;
  patterns: HTMLDialogElement;
  "patterns-undo": HTMLButtonElement;
  saved: HTMLDialogElement;
  photo: HTMLDialogElement;
  filters: HTMLDetailsElement;
  progress: HTMLProgressElement;
  undo: HTMLButtonElement;
  letters: HTMLInputElement;
  text: HTMLInputElement;
  name: HTMLInputElement;
  "also-name": HTMLInputElement;
  wipe: HTMLInputElement;
  kind: HTMLSelectElement;
  status: HTMLSelectElement;
  folder: HTMLSelectElement;
  sort: HTMLSelectElement;
  "photo-link": HTMLAnchorElement;
  "group-card": HTMLTemplateElement;
  "match-card": HTMLTemplateElement;
  tile: HTMLTemplateElement;
}

type Found<K extends string> = K extends keyof ById ? ById[K] : HTMLElement;

/* The pages hold no SVG: what is found by a selector, or is the target of an event that bubbles, is an HTMLElement. */
interface ParentNode {
  querySelector<E extends Element = HTMLElement>(selectors: string): E;
  querySelectorAll<E extends Element = HTMLElement>(selectors: string): NodeListOf<E>;
}
interface Element {
  closest<E extends Element = HTMLElement>(selectors: string): E;
  /** What is no text becomes text: "true", "3". */
  setAttribute(name: string, value: string | number | boolean): void;
}
interface EventTarget {
  closest<E extends Element = HTMLElement>(selectors: string): E;
}
