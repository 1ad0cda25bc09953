// What the machine asks the host room to open: plain data.
#pragma once

#include <cstdint>
#include <string>

namespace vireo {

// The far end of a serial port, of the debug console, of a monitor.
struct ChannelSpec {
  enum class Kind : uint8_t {
    kNone,     // no such port in the machine at all
    kNull,     // the port is there, output is dropped, input never comes
    kStdio,    // standard input and output, raw mode when they are a terminal
    kFile,     // output to `path`, truncated when opened; input never comes
    kPty,      // a new pseudo-terminal, whose name is printed on stderr
    kPipe,     // the FIFOs `path`.in and `path`.out, or `path` for both directions
    kUnix,     // a stream socket at `path`
    kTcp,      // a stream socket at `host` and `port`
    kRing,     // memory of `ring_bytes`; the board's own, never opened on the host
    kWindow,   // what a user does in the window, eight bytes at a time (see window.h)
    kChardev,  // the -chardev with the id `path`; resolved by the board
  };
  Kind kind = Kind::kNull;
  std::string path = {};
  // kStdio on a terminal: Ctrl-C ends the program instead of going to the
  // guest (QEMU's `-serial stdio` against `mon:stdio`).
  bool terminal_signals = false;
  // kUnix and kTcp.
  std::string host = {};           // empty: every address for a server, else localhost
  std::string port = {};           // a number or a service's name
  bool server = false;             // listens, for one connection at a time
  bool wait = false;               // the start waits for the first connection
  unsigned reconnect_seconds = 0;  // a client tries again so often; 0: never
  uint64_t ring_bytes = 65536;     // kRing
  bool append = false;             // kFile: keeps what is there
  // Several users share the channel; Ctrl-A C switches between them.
  bool mux = false;
  // kUnix and kTcp: while it is open, idle time follows the host's clock unless the user says
  // otherwise (-icount sleep=), as its input may come at any time. Not so for a debugger's, whose
  // machine runs as without it.
  bool paces_idle = true;
  // kUnix and kTcp: for answers of a protocol, of which none may be missing. A far end that does
  // not read is hung up on where others lose output.
  bool whole = false;
  // For somebody who looks on, a debugger: what comes here is no part of a recording.
  bool observer = false;

  bool operator==(const ChannelSpec&) const = default;
};

// The kind and its essentials, as a user would write them: "unix:/tmp/a.sock,server=on".
std::string describe(const ChannelSpec& spec);

// How a disk's file is cached (QEMU's cache=). Flush behaviour belongs to the
// disk; the host room looks only at whether the page cache is bypassed.
enum class CacheMode : uint8_t {
  kWriteback,     // page cache; FLUSH reaches stable storage
  kNone,          // O_DIRECT; FLUSH reaches stable storage
  kUnsafe,        // page cache; FLUSH does nothing
  kWritethrough,  // page cache; every write reaches stable storage
  kDirectsync,    // O_DIRECT; every write reaches stable storage
};

struct DiskFileSpec {
  std::string path;
  // Opened for reading only, and locked against writers, not against readers.
  bool read_only = false;
  // Bypass the host's page cache (cache=none, cache=directsync).
  bool direct = false;
};

// A folder to share with the guest (-fsdev, -virtfs).
struct FolderSpec {
  // Who owns the files that the guest makes: its own users, or else an error; or the user who
  // runs the machine, where the host does not allow the former.
  enum class Security : uint8_t { kPassthrough, kNone };
  std::string path;
  bool read_only = false;
  Security security = Security::kNone;
  bool operator==(const FolderSpec&) const = default;
};

}  // namespace vireo
