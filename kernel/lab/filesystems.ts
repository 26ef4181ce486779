/** The filesystems that the data disk may have: the letter's disk has F2FS. */
export const filesystems = ["ext4", "f2fs"] as const;

/** The data disk's filesystem. */
export type Filesystem = typeof filesystems[number];

/** The data disk's filesystem where no other is asked for. */
export const DEFAULT_FILESYSTEM: Filesystem = "ext4";
