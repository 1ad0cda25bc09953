// The ends of serial ports: streams, files, terminals and pseudo-terminals.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "machine/host/pty_channel.h"
#include "machine/host/stream_channel.h"
#include "machine/host/terminal_channel.h"
#include "tests/unit/host/temp_folder.h"

namespace vireo {
namespace {

struct Pipe {
  Pipe() {
    int fds[2];
    REQUIRE(::pipe(fds) == 0);
    read_end = UniqueFd(fds[0]);
    write_end = UniqueFd(fds[1]);
  }
  UniqueFd read_end, write_end;
};

struct TerminalPair {
  TerminalPair() {
    int master_fd, slave_fd;
    REQUIRE(::openpty(&master_fd, &slave_fd, nullptr, nullptr, nullptr) == 0);
    master = UniqueFd(master_fd);
    slave = UniqueFd(slave_fd);
  }
  bool echoes() const {
    termios settings;
    REQUIRE(::tcgetattr(slave.get(), &settings) == 0);
    return (settings.c_lflag & ECHO) != 0;
  }
  bool has_signals() const {
    termios settings;
    REQUIRE(::tcgetattr(slave.get(), &settings) == 0);
    return (settings.c_lflag & ISIG) != 0;
  }
  UniqueFd master, slave;
};

void put(int fd, const std::string& text) {
  REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

// What waits on the descriptor now.
std::string drain(int fd) {
  std::string text;
  char buffer[256];
  pollfd ready = {fd, POLLIN, 0};
  while (::poll(&ready, 1, 0) > 0 && (ready.revents & POLLIN) != 0) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got <= 0) break;
    text.append(buffer, static_cast<size_t>(got));
  }
  return text;
}

std::string read_all(ByteChannel& channel) {
  std::string text;
  while (const auto byte = channel.read()) text += static_cast<char>(*byte);
  return text;
}

void send(ByteChannel& channel, const std::string& text) {
  channel.write({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

TEST_CASE("a piped stream gives its bytes, then nothing, then its end") {
  Pipe in, out;
  SourceSet set;
  StreamChannel channel(set, in.read_end.get(), out.write_end.get());
  put(in.write_end.get(), "ls\n");
  CHECK(channel.wait_fd() == -1);
  CHECK(read_all(channel) == "ls\n");
  CHECK(channel.wait_fd() == in.read_end.get());
  in.write_end = UniqueFd();
  CHECK_FALSE(channel.read().has_value());
}

TEST_CASE("a stream at its end is not waited for") {
  UniqueFd empty(::open("/dev/null", O_RDONLY));
  Pipe out;
  SourceSet set;
  StreamChannel channel(set, empty.get(), out.write_end.get());
  CHECK_FALSE(channel.read().has_value());
  CHECK(channel.wait_fd() == -1);
  CHECK_FALSE(channel.live());
}

TEST_CASE("a stream without an open input behaves as one at its end") {
  Pipe out;
  SourceSet set;
  StreamChannel channel(set, -1, out.write_end.get());
  CHECK_FALSE(channel.read().has_value());
}

TEST_CASE("output goes out at a newline or when flushed") {
  Pipe in, out;
  SourceSet set;
  StreamChannel channel(set, in.read_end.get(), out.write_end.get());
  send(channel, "boot\nlogin:");
  CHECK(drain(out.read_end.get()) == "boot\n");
  channel.pump();
  CHECK(drain(out.read_end.get()) == "login:");
}

TEST_CASE("output to a closed pipe is dropped") {
  ::signal(SIGPIPE, SIG_IGN);
  Pipe in, out;
  SourceSet set;
  StreamChannel channel(set, in.read_end.get(), out.write_end.get());
  out.read_end = UniqueFd();
  send(channel, "nobody\nthere\n");
  CHECK_FALSE(channel.read().has_value());
}

TEST_CASE("a file channel empties and fills its file") {
  TempFolder folder;
  const std::string path = folder.make("log", "old content that is longer");
  SourceSet set;
  {
    auto channel = FileChannel::open(set, path, "serial0");
    REQUIRE(channel.ok());
    CHECK(set.sources().size() == 1);
    send(**channel, "new");
    CHECK_FALSE((*channel)->read().has_value());
  }
  CHECK(folder.content("log") == "new");
  CHECK(set.sources().empty());
}

TEST_CASE("a file channel that was opened in vain leaves the folder as it was") {
  TempFolder folder;
  const std::string old = folder.make("old", "the log of the last run");
  {
    SourceSet set;
    REQUIRE(FileChannel::open(set, old, "serial0").ok());
    REQUIRE(FileChannel::open(set, folder.path("new"), "serial1").ok());
  }
  CHECK(folder.content("old") == "the log of the last run");
  CHECK(::access(folder.path("new").c_str(), F_OK) != 0);
}

TEST_CASE("a run without output empties its file") {
  TempFolder folder;
  const std::string old = folder.make("old", "the log of the last run");
  SourceSet set;
  auto channel = FileChannel::open(set, old, "serial0");
  REQUIRE(channel.ok());
  (*channel)->flush();
  CHECK(folder.content("old").empty());
}

TEST_CASE("a file channel that cannot be opened names port, path and cure") {
  SourceSet set;
  const auto channel = FileChannel::open(set, "/nonexistent/log", "serial1");
  REQUIRE_FALSE(channel.ok());
  CHECK(channel.error().message ==
        "cannot write the output of serial1 to /nonexistent/log: No such file or directory; name "
        "a file in a folder that exists and is writable");
}

TEST_CASE("a terminal is raw while its channel lives and as before afterwards") {
  TerminalPair terminal;
  SourceSet set;
  {
    TerminalChannel channel(set, terminal.slave.get(), terminal.slave.get(), false);
    CHECK_FALSE(terminal.echoes());
    CHECK_FALSE(terminal.has_signals());
    CHECK(channel.live());
  }
  CHECK(terminal.echoes());
  CHECK(terminal.has_signals());
}

TEST_CASE("the guest's last line on a terminal is ended when its channel goes") {
  TerminalPair terminal;
  SourceSet set;
  {
    TerminalChannel channel(set, terminal.slave.get(), terminal.slave.get(), false);
    send(channel, "~ # ");
  }
  CHECK(drain(terminal.master.get()).substr(0, 5) == "~ # \r");
}

TEST_CASE("a redirected log of a terminal session gets no byte of ours") {
  TerminalPair terminal;
  Pipe log;
  SourceSet set;
  {
    TerminalChannel channel(set, terminal.slave.get(), log.write_end.get(), false);
    send(channel, "~ # ");
  }
  CHECK(drain(log.read_end.get()) == "~ # ");
}

TEST_CASE("a terminal may keep Ctrl-C for ending the program") {
  TerminalPair terminal;
  SourceSet set;
  TerminalChannel channel(set, terminal.slave.get(), terminal.slave.get(), true);
  CHECK_FALSE(terminal.echoes());
  CHECK(terminal.has_signals());
}

TEST_CASE("keys reach the guest, escapes do not") {
  TerminalPair terminal;
  SourceSet set;
  TerminalChannel channel(set, terminal.slave.get(), terminal.slave.get(), false);
  put(terminal.master.get(), "a\x03\x01\x01\r");
  CHECK(read_all(channel) == "a\x03\x01\r");
  CHECK_FALSE(channel.wants_quit());
}

TEST_CASE("Ctrl-A X is seen though the guest never reads") {
  TerminalPair terminal;
  SourceSet set;
  TerminalChannel channel(set, terminal.slave.get(), terminal.slave.get(), false);
  put(terminal.master.get(), "typed\x01x");
  channel.pump();
  CHECK(channel.wants_quit());
}

TEST_CASE("keys taken by the way are news once, and none after a read") {
  TerminalPair terminal;
  SourceSet set;
  TerminalChannel channel(set, terminal.slave.get(), terminal.slave.get(), false);
  CHECK_FALSE(channel.take_news());
  put(terminal.master.get(), "k");
  channel.pump();
  CHECK(channel.take_news());
  CHECK_FALSE(channel.take_news());
  put(terminal.master.get(), "l");
  channel.pump();
  CHECK(read_all(channel) == "kl");
  CHECK_FALSE(channel.take_news());
}

TEST_CASE("Ctrl-A H shows the help on the terminal only") {
  TerminalPair terminal;
  SourceSet set;
  TerminalChannel channel(set, terminal.slave.get(), terminal.slave.get(), false);
  put(terminal.master.get(), "\x01h");
  CHECK(read_all(channel).empty());
  channel.flush();
  CHECK(drain(terminal.master.get()).find("Ctrl-A X") != std::string::npos);
}

TEST_CASE("keys beyond the bound are dropped, escapes still work") {
  TerminalPair terminal;
  SourceSet set;
  TerminalChannel channel(set, terminal.slave.get(), terminal.slave.get(), false);
  for (int i = 0; i < 100; ++i) {
    put(terminal.master.get(), std::string(100, 'k'));
    channel.pump();
  }
  put(terminal.master.get(), "\x01x");
  channel.pump();
  CHECK(channel.wants_quit());
  CHECK(read_all(channel).size() == 4096);
}

TEST_CASE("a pseudo-terminal carries bytes both ways without echo") {
  SourceSet set;
  auto pty = PtyChannel::open(set, "serial0");
  REQUIRE(pty.ok());
  UniqueFd peer(::open((*pty)->path().c_str(), O_RDWR | O_NOCTTY));
  REQUIRE(peer.valid());
  send(**pty, "hi\n");
  CHECK(drain(peer.get()) == "hi\n");
  put(peer.get(), "yo\r");
  CHECK(read_all(**pty) == "yo\r");
  CHECK((*pty)->wait_fd() >= 0);
}

TEST_CASE("a pseudo-terminal nobody opened drops output and is not waited for") {
  SourceSet set;
  auto pty = PtyChannel::open(set, "serial0");
  REQUIRE(pty.ok());
  send(**pty, std::string(100000, 'x'));
  CHECK_FALSE((*pty)->read().has_value());
  CHECK((*pty)->wait_fd() == -1);
  CHECK((*pty)->max_wait_ns() < UINT64_MAX);
}

TEST_CASE("a pseudo-terminal can be opened again after it was closed") {
  SourceSet set;
  auto pty = PtyChannel::open(set, "serial0");
  REQUIRE(pty.ok());
  { UniqueFd first(::open((*pty)->path().c_str(), O_RDWR | O_NOCTTY)); }
  CHECK_FALSE((*pty)->read().has_value());
  UniqueFd second(::open((*pty)->path().c_str(), O_RDWR | O_NOCTTY));
  put(second.get(), "again");
  CHECK(read_all(**pty) == "again");
}

}  // namespace
}  // namespace vireo
