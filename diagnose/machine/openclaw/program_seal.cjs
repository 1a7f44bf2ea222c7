// Loaded into OpenClaw before its own code, in a dry run only: no socket of the process gets anywhere but to
// the one loopback port of our proxy. What is refused is told on stderr, as "[routecheck] refused HOST:PORT".
// Once that holds, a line with the name of the package that is started goes to the end of the file ROUTECHECK_SEAL.
"use strict";
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const dgram = require("node:dgram");

const only = Number(process.env.ROUTECHECK_ONLY_PORT);

// The arguments come as (options), (port, host), (path), or as an array that holds the options.
function target(args) {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (first !== null && typeof first === "object") return first;
  const port = Number(first);
  if (Number.isInteger(port)) return { port, host: typeof args[1] === "string" ? args[1] : undefined };
  return { path: String(first) };
}

function refused(name) {
  fs.writeSync(2, `[routecheck] refused ${name}\n`);
  return Object.assign(new Error(`not allowed in a dry run: ${name}`), { code: "ECONNREFUSED" });
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const to = target(args);
  if (!to.path && only > 0 && to.host === "127.0.0.1" && Number(to.port) === only) return connect.apply(this, args);
  const error = refused(to.path ? "a socket file" : `${to.host ?? "localhost"}:${to.port}`);
  process.nextTick(() => this.destroy(error));
  return this;
};

for (const name of ["send", "connect"]) {
  dgram.Socket.prototype[name] = function () {
    throw refused("a datagram");
  };
}

// A launcher that loads this and then starts the real program without it has another name.
function started() {
  try {
    let folder = path.dirname(fs.realpathSync(process.argv[1]));
    for (let up = 0; up < 3; up += 1, folder = path.dirname(folder)) {
      const file = path.join(folder, "package.json");
      if (fs.existsSync(file)) return String(JSON.parse(fs.readFileSync(file, "utf8")).name);
    }
  } catch {}
  return "";
}

if (process.env.ROUTECHECK_SEAL) {
  try {
    fs.appendFileSync(process.env.ROUTECHECK_SEAL, `${started()}\n`);
  } catch {}
}
