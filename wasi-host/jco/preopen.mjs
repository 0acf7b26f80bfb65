// Gives the component one directory of this machine, DATA_HOST_DIR, as /data.
import { _setPreopens } from "@bytecodealliance/preview2-shim/filesystem";

const dir = process.env.DATA_HOST_DIR;
if (!dir) throw new Error("DATA_HOST_DIR is not set: the directory that the component sees as /data");
_setPreopens({ "/data": dir });
