#include "machine/host/system_host.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

#include "machine/host/terminal.h"
#include "machine/host/unique_fd.h"

namespace vireo {
namespace {

constexpr uint64_t kLongNs = 600'000'000'000;  // never waited for when all is well

struct Pipe {
  Pipe() {
    int fds[2];
    REQUIRE(::pipe(fds) == 0);
    read_end = UniqueFd(fds[0]);
    write_end = UniqueFd(fds[1]);
  }
  UniqueFd read_end, write_end;
};

TEST_CASE("SIGTERM becomes a stop request and the handlers go away again") {
  struct sigaction before, after;
  ::sigaction(SIGTERM, nullptr, &before);
  {
    SystemHost host;
    CHECK_FALSE(host.stop_request());
    ::raise(SIGTERM);
    CHECK(host.stop_request().kind == StopRequest::Kind::kSignal);
    CHECK(host.stop_request().signal == SIGTERM);
  }
  ::sigaction(SIGTERM, nullptr, &after);
  const bool same_handler = before.sa_handler == after.sa_handler;
  CHECK(same_handler);
}

TEST_CASE("the first of several stop signals is the one that counts") {
  SystemHost host;
  ::raise(SIGHUP);
  ::raise(SIGTERM);
  CHECK(host.stop_request().signal == SIGHUP);
}

TEST_CASE("a signal the parent told us to ignore stays ignored") {
  ::signal(SIGHUP, SIG_IGN);
  {
    SystemHost host;
    ::raise(SIGHUP);
    CHECK_FALSE(host.stop_request());
  }
  ::signal(SIGHUP, SIG_DFL);
}

TEST_CASE("a wait ends at once when a stop was requested before") {
  SystemHost host;
  ::raise(SIGINT);
  CHECK(host.wait_for_input(kLongNs) < kLongNs);
}

TEST_CASE("a wait ends when a starved channel has input") {
  Pipe in, out;
  SystemHost host(in.read_end.get(), out.write_end.get());
  auto channel = host.open_channel({ChannelSpec::Kind::kStdio, "", false}, "serial0");
  REQUIRE(channel.ok());
  CHECK_FALSE((*channel)->read().has_value());
  REQUIRE(::write(in.write_end.get(), "k", 1) == 1);
  CHECK(host.wait_for_input(kLongNs) < kLongNs);
  CHECK((*channel)->read() == 'k');
}

TEST_CASE("a wait of no length returns") {
  SystemHost host;
  CHECK(host.wait_for_input(0) == 0);
}

TEST_CASE("standard input serves one port only") {
  Pipe in, out;
  SystemHost host(in.read_end.get(), out.write_end.get());
  const ChannelSpec stdio{ChannelSpec::Kind::kStdio, "", false};
  const auto first = host.open_channel(stdio, "serial0");
  const auto second = host.open_channel(stdio, "serial1");
  CHECK(first.ok());
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().message.find("serial1: serial0 already uses") == 0);
}

TEST_CASE("a pipe is no live input") {
  Pipe in, out;
  SystemHost piped(in.read_end.get(), out.write_end.get());
  const auto channel = piped.open_channel({ChannelSpec::Kind::kStdio, "", false}, "serial0");
  CHECK_FALSE(piped.has_live_input());
}

TEST_CASE("Ctrl-A X on the terminal is a stop request by the user") {
  int master, slave;
  REQUIRE(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
  const UniqueFd keep_master(master), keep_slave(slave);
  SystemHost host(slave, slave);
  const auto channel = host.open_channel({ChannelSpec::Kind::kStdio, "", false}, "serial0");
  REQUIRE(channel.ok());
  CHECK(host.has_live_input());
  REQUIRE(::write(master, "\x01x", 2) == 2);
  CHECK(host.wait_for_input(kLongNs) < kLongNs);
  CHECK(host.stop_request().kind == StopRequest::Kind::kUserQuit);
}

TEST_CASE("a key that a stop request took by the way still ends a wait") {
  int master, slave;
  REQUIRE(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
  const UniqueFd keep_master(master), keep_slave(slave);
  SystemHost host(slave, slave);
  const auto channel = host.open_channel({ChannelSpec::Kind::kStdio, "", false}, "serial0");
  REQUIRE(channel.ok());
  REQUIRE(::write(master, "k", 1) == 1);
  CHECK_FALSE(host.stop_request());
  CHECK(host.wait_for_input(kLongNs) < kLongNs);
  CHECK((*channel)->read() == 'k');
}

// Runs `end` in a child with a raw terminal; returns whether the terminal
// echoes again afterwards, and how the child ended.
struct ChildEnd {
  bool echoes;
  int status;
};
ChildEnd end_child_on_raw_terminal(void (*end)()) {
  int master, slave;
  REQUIRE(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
  const UniqueFd keep_master(master), keep_slave(slave);
  std::cout.flush();  // or the child prints it again at its exit
  const pid_t child = ::fork();
  if (child == 0) {
    SystemHost host(slave, slave);
    const auto channel = host.open_channel({ChannelSpec::Kind::kStdio, "", false}, "serial0");
    end();
    ::_exit(99);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  termios settings;
  REQUIRE(::tcgetattr(slave, &settings) == 0);
  return {(settings.c_lflag & ECHO) != 0, status};
}

TEST_CASE("a crash restores the terminal and still counts as that crash") {
  const ChildEnd end = end_child_on_raw_terminal([] {
    ::signal(SIGABRT, SIG_DFL);  // the test program's own handler must not report it
    SignalWatch inner;
    ::raise(SIGABRT);
  });
  CHECK(end.echoes);
  CHECK(WIFSIGNALED(end.status));
  CHECK(WTERMSIG(end.status) == SIGABRT);
}

TEST_CASE("exit() restores the terminal") {
  const ChildEnd end = end_child_on_raw_terminal([] { std::exit(7); });
  CHECK(end.echoes);
  CHECK(WEXITSTATUS(end.status) == 7);
}

TEST_CASE("a second Ctrl-C ends a program that hangs, terminal restored") {
  const ChildEnd end = end_child_on_raw_terminal([] {
    ::raise(SIGINT);
    ::raise(SIGINT);
  });
  CHECK(end.echoes);
  CHECK(WIFSIGNALED(end.status));
  CHECK(WTERMSIG(end.status) == SIGINT);
}

TEST_CASE("stopping leaves raw mode and continuing enters it again") {
  int master, slave;
  REQUIRE(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
  const UniqueFd keep_master(master), keep_slave(slave);
  const auto raw = RawTerminal::enter(slave, false);
  termios settings;
  RawTerminal::restore_now();
  ::tcgetattr(slave, &settings);
  CHECK((settings.c_lflag & ECHO) != 0);
  RawTerminal::reapply_now();
  ::tcgetattr(slave, &settings);
  CHECK((settings.c_lflag & ECHO) == 0);
}

}  // namespace
}  // namespace vireo
