// What a client may read of a message that a native library or the system wrote.

/** Native libraries write paths into their messages, `Load model from /srv/m.onnx failed`: the last name stays. */
export function hidePaths(message: string): string {
  return message
    .replace(/"\/[^"]*\/([^"/]+)"/g, '"$1"')
    .replace(/(^|[\s'(=:])\/(?:[^\s"'()/:]+\/)+([^\s"'()/:]+)/g, "$1$2");
}
