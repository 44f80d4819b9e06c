// Libraries that a plugin may take from the system, because every Linux with glibc has them, or the driver brings them.

/** Of glibc, by SONAME; from 2.34 on most are empty and still there. */
const GLIBC = [
  "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1", "libresolv.so.2",
  "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1",
];
/** Of GCC's runtime; libz is what cuDNN's parts read their kernels with. */
const COMMON = ["libstdc++.so.6", "libgcc_s.so.1", "libz.so.1"];
/** Of the NVIDIA driver. */
const DRIVER = ["libcuda.so.1", "libnvidia-ml.so.1"];

export const SYSTEM_LIBRARIES: readonly string[] = [...GLIBC, ...COMMON, ...DRIVER];
