import { LabError } from "./error.ts";
import { run, type RunOptions } from "./host.ts";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** A package of a suite. */
export interface DebianPackage {
  name: string;
  version: string;
}

/** Options of {@linkcode DebianSuite.open}. */
export interface SuiteOptions {
  /** The folder for its lists. */
  folder: string;
  /** Debian's name of the packages' architecture. @default "amd64" */
  architecture?: string;
  /** Ends downloads. */
  signal?: AbortSignal | undefined;
}

/**
 * A suite of Debian's archive, with its own lists in `folder`: the machine's sources, lists and packages
 * don't change. apt checks the suite's signature against Debian's keyring, and thereby all downloads.
 */
export class DebianSuite {
  readonly #suite: string;
  readonly #folder: string;
  readonly #architecture: string;
  readonly #signal: AbortSignal | undefined;

  private constructor(suite: string, { folder, architecture = "amd64", signal }: SuiteOptions) {
    this.#suite = suite;
    this.#folder = folder;
    this.#architecture = architecture;
    this.#signal = signal;
  }

  /**
   * Reads the suite's list of packages.
   *
   * @throws {LabError} with apt's reason if it can't be downloaded, or its signature is wrong
   */
  static async open(suite: string, options: SuiteOptions): Promise<DebianSuite> {
    const { folder, architecture = "amd64" } = options;
    const opened = new DebianSuite(suite, options);
    await Deno.mkdir(`${folder}/lists/partial`, { recursive: true });
    await Deno.mkdir(`${folder}/archives/partial`, { recursive: true });
    await Deno.writeTextFile(
      `${folder}/sources.list`,
      `deb [arch=${architecture} signed-by=${KEYRING}] ${await ownMirror()} ${suite} main\n`,
    );
    await opened.#run(["apt-get", "update", "-qq"]);
    return opened;
  }

  /** The newest version of each package whose name matches. */
  async find(names: RegExp): Promise<DebianPackage[]> {
    const text = await this.#run(["apt-cache", "dumpavail"]);
    return parsePackages(text).filter(({ name }) => names.test(name));
  }

  /** Downloads a package and returns the path of its file. */
  async download({ name, version }: DebianPackage): Promise<string> {
    const folder = await Deno.makeTempDir({ dir: this.#folder, prefix: "download-" });
    await this.#run(["apt-get", "download", "-qq", `${name}=${version}`], { cwd: folder });
    for await (const file of Deno.readDir(folder)) return `${folder}/${file.name}`;
    throw new LabError(`apt-get download left no file of ${name} ${version}`);
  }

  /** Downloads packages with all dependencies, and returns the paths of their files. */
  async downloadAll(names: readonly string[]): Promise<string[]> {
    await this.#run([
      ...["apt-get", "install", "--download-only", "--no-install-recommends", "-qq", "-y"],
      ...names,
    ]);
    const folder = `${this.#folder}/archives`;
    const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    return files.filter((name) => name.endsWith(".deb")).map((name) => `${folder}/${name}`);
  }

  async #run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    const [program = "", ...args] = argv;
    const folder = this.#folder;
    const settings = {
      "APT::Architecture": this.#architecture,
      "APT::Architectures": this.#architecture,
      "APT::Sandbox::User": "root",
      // A list that can't be downloaded is an error.
      "APT::Update::Error-Mode": "any",
      "Acquire::Retries": "2",
      "Dir::Cache": folder,
      "Dir::Etc::Preferences": "-",
      "Dir::Etc::PreferencesParts": "-",
      "Dir::Etc::SourceList": `${folder}/sources.list`,
      "Dir::Etc::SourceParts": "-",
      "Dir::State::Lists": `${folder}/lists`,
      "Dir::State::Status": "/dev/null",
    };
    const given = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    try {
      return await run([program, ...given, ...args], {
        ...options,
        env: { LC_ALL: "C.UTF-8" },
        signal: this.#signal,
      });
    } catch (cause) {
      if (!(cause instanceof LabError)) throw cause;
      const said = cause.lines.find((line) => line.startsWith("E: "))?.slice(3) ?? cause.message;
      throw new LabError(`Debian's ${this.#suite} can't be read: ${said}`, { cause });
    }
  }
}

/** The archive of this machine's packages, which holds all suites except security. */
async function ownMirror(): Promise<string> {
  const format = ["--format", "$(REPO_URI)", "Created-By: Packages"];
  const uris = (await run(["apt-get", "indextargets", ...format])).split("\n");
  const mirror = uris.find((uri) => uri !== "" && !/security/.test(uri));
  if (mirror) return mirror;
  throw new LabError("apt knows no archive of Debian here: add one to /etc/apt/sources.list.d");
}

/** The packages in a list in Debian's format; of several versions the first. */
export function parsePackages(text: string): DebianPackage[] {
  const found = new Map<string, DebianPackage>();
  for (const paragraph of text.split(/\n\n+/)) {
    const name = /^Package: (\S+)$/m.exec(paragraph)?.[1];
    const version = /^Version: (\S+)$/m.exec(paragraph)?.[1];
    if (name && version && !found.has(name)) found.set(name, { name, version });
  }
  return [...found.values()];
}
