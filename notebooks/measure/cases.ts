import type { BufferLabel, MethodLabel } from "../../bench/mod.ts";
import type { PageKind } from "../../copy/mod.ts";

/** One way to get a file into memory, to be counted. */
export interface Case {
  /** A method's number in the letter's analysis table, or a name if it is not there. */
  id: string;
  /** Its name in the letter, or in the same style. */
  name: string;
  buffer: BufferLabel;
  direct: boolean;
  /** "R+W" reads into a buffer of the process and writes that to the memfd. */
  method: MethodLabel | "R+W";
  /** @default "4k" */
  pages?: PageKind;
  /** Whether the buffer's pages exist before the I/O begins. */
  populate?: boolean;
}

/** The letter's nine methods, into tmpfs as there; its ninth both ways, since it says neither. */
export const letterCases: readonly Case[] = [
  { id: "1", name: "Buffer R+W", buffer: "memfd", direct: false, method: "R+W" },
  { id: "2", name: "Direct R+W", buffer: "memfd", direct: true, method: "R+W" },
  { id: "3", name: "Mmap+Buffer R", buffer: "memfd", direct: false, method: "R/W" },
  { id: "4", name: "Mmap+Direct R", buffer: "memfd", direct: true, method: "R/W" },
  { id: "5", name: "Buffer Sendfile", buffer: "memfd", direct: false, method: "sendfile" },
  { id: "6", name: "Direct Sendfile", buffer: "memfd", direct: true, method: "sendfile" },
  { id: "7", name: "Buffer Splice", buffer: "memfd", direct: false, method: "splice" },
  { id: "8", name: "Direct Splice", buffer: "memfd", direct: true, method: "splice" },
  { id: "9", name: "Direct c_f_r", buffer: "memfd", direct: true, method: "c_f_r" },
  { id: "9b", name: "Buffer c_f_r", buffer: "memfd", direct: false, method: "c_f_r" },
];

/** Other timed cases, by the bench's rows: 4 KiB pages, huge ones, and the series. */
export const stageCases: readonly Case[] = [
  {
    id: "4 made",
    name: "memfd, its pages made and mapped before, direct R/W",
    buffer: "memfd",
    direct: true,
    method: "R/W",
    populate: true,
  },
  {
    id: "thp made",
    name: "the same of transparent huge pages",
    buffer: "memfd",
    direct: true,
    method: "R/W",
    pages: "thp",
    populate: true,
  },
  {
    id: "hugetlb made",
    name: "the same of hugetlb pages",
    buffer: "memfd",
    direct: true,
    method: "R/W",
    pages: "hugetlb",
    populate: true,
  },
  {
    id: "12",
    name: "udmabuf+memfd, direct R/W",
    buffer: "udmabuf+memfd",
    direct: true,
    method: "R/W",
  },
  {
    id: "thp",
    name: "udmabuf+memfd, THP, direct R/W",
    buffer: "udmabuf+memfd",
    direct: true,
    method: "R/W",
    pages: "thp",
  },
  {
    id: "hugetlb",
    name: "udmabuf+memfd, hugetlb, direct R/W",
    buffer: "udmabuf+memfd",
    direct: true,
    method: "R/W",
    pages: "hugetlb",
  },
  { id: "20", name: "udmabuf, direct c_f_r", buffer: "udmabuf", direct: true, method: "c_f_r" },
  { id: "22", name: "dmabuf, direct c_f_r", buffer: "dmabuf", direct: true, method: "c_f_r" },
];

/** The copies that a kernel without the series refuses, according to the letter. */
export const refusedCases: readonly Case[] = [
  { id: "9", name: "c_f_r to tmpfs", buffer: "memfd", direct: true, method: "c_f_r" },
  { id: "dmabuf", name: "c_f_r to a dma-buf", buffer: "dmabuf", direct: true, method: "c_f_r" },
  { id: "udmabuf", name: "c_f_r to a udmabuf", buffer: "udmabuf", direct: true, method: "c_f_r" },
  {
    id: "dmabuf R/W",
    name: "direct read into a dma-buf's mapping",
    buffer: "dmabuf",
    direct: true,
    method: "R/W",
  },
  {
    id: "dmabuf sendfile",
    name: "sendfile to a dma-buf",
    buffer: "dmabuf",
    direct: false,
    method: "sendfile",
  },
];
