#include "agentd/services/desktop_helper.hpp"

#include "agentd/services/screenshot.hpp"
#include "daemon/system_clock.hpp"
#include "desktop/shot_messages.hpp"
#include "support/fake_call_port.hpp"
#include "support/png_reader.hpp"
#include "support/x_server.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

using namespace rs;
using namespace rs::test;
using agent::DesktopHelpers;
using agent::DisplayTarget;

constexpr std::uint32_t kColour = 0x3366cc;

// Real helpers, or programs that play a bad one. Everything is bounded by one deadline.
class DesktopHelper : public testing::Test {
 protected:
  static constexpr Millis kDeadline{60'000};

  DesktopHelper() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rs-desktop-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    use({});
  }
  ~DesktopHelper() override {
    helpers_.reset();
    std::filesystem::remove_all(directory_);
  }

  void use(DesktopHelpers::Settings settings) {
    if (settings.program.empty()) settings.program = RS_BINARY_DIR "/bin/agentd-desktop";
    helpers_.emplace(reactor_, std::move(settings));
  }
  std::string script(const std::string& line) {
    const auto path = directory_ + "/helper";
    std::ofstream(path) << "#!/bin/sh\n" << line << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  DisplayTarget target(const std::string& display) const { return {display, "", ::geteuid()}; }
  bool run_until(const bool& done) {
    bool late = false, over = false;
    daemon::Reactor::Timer deadline(reactor_);
    deadline.after(kDeadline, [&] {
      late = over = true;
      reactor_.stop();
    });
    while (!done && !over) reactor_.run_until(done);
    return !late;
  }
  // One shot to its end; without a server the display is one that nobody has.
  Result<DesktopHelpers::Shot> shot(const std::string& display = ":64999") {
    std::optional<Result<DesktopHelpers::Shot>> answer;
    bool done = false;
    auto ticket = helpers_->shot(target(display), {{}, {}, false}, [&](auto result) {
      answer.emplace(std::move(result));
      done = true;
    });
    if (!ticket) return ticket.error();
    if (!run_until(done)) return fail(Errc::timeout, "the test's own deadline");
    return std::move(*answer);
  }
  static DecodedPng decoded(const DesktopHelpers::Shot& shot) {
    std::string file(shot.picture.bytes, '\0');
    EXPECT_EQ(::pread(shot.png.get(), file.data(), file.size(), 0), static_cast<ssize_t>(file.size()));
    return decode_png(file);
  }

  daemon::Reactor reactor_;
  std::string directory_;
  std::optional<DesktopHelpers> helpers_;
};

TEST_F(DesktopHelper, IsStartedOnceAndTakesOneAfterTheOther) {
  const XServer server;
  ASSERT_TRUE(server.runs() && server.paint(kColour));
  const auto first = shot(server.display());
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(decoded(*first).at(1, 1), kColour);
  const auto pids = helpers_->running();
  ASSERT_TRUE(shot(server.display()));
  EXPECT_EQ(helpers_->running(), pids);
}

TEST_F(DesktopHelper, ManyAtOnceAreAllAnsweredAndTooManyRefused) {
  const XServer server;
  ASSERT_TRUE(server.runs() && server.paint(kColour));
  std::vector<DesktopHelpers::Ticket> tickets;
  std::size_t answered = 0;
  bool all = false;
  for (std::size_t i = 0; i <= DesktopHelpers::kMaxWaiting; ++i) {
    tickets.push_back(helpers_
                          ->shot(target(server.display()), {}, [&](auto result) {
      EXPECT_TRUE(result);
      all = ++answered == DesktopHelpers::kMaxWaiting;
    }).value());
  }
  EXPECT_EQ(helpers_->shot(target(server.display()), {}, [](auto) {}).error().code, Errc::limit);
  tickets.pop_back(); // nobody wants the last one any more
  EXPECT_TRUE(run_until(all));
}

TEST_F(DesktopHelper, ADisplayThatIsNotThereIsUnsupported) { EXPECT_EQ(shot().error().code, Errc::unsupported); }

TEST_F(DesktopHelper, AServerThatGoesInMidShotIsAnErrorAndItsSuccessorIsSeen) {
  use({.answer_within = Millis{60'000}});
  XServer server;
  ASSERT_TRUE(server.runs() && server.paint(kColour));
  ASSERT_TRUE(shot(server.display()));
  server.signal(SIGSTOP); // it will not answer: the helper stands in the middle of its shot
  std::optional<Errc> failed;
  bool done = false;
  const auto ticket = helpers_->shot(target(server.display()), {}, [&](auto result) {
    failed = result ? Errc::internal : result.error().code;
    done = true;
  });
  reactor_.post([&] { server.kill(); });
  ASSERT_TRUE(run_until(done));
  EXPECT_EQ(failed, Errc::io);
  const XServer next;
  ASSERT_TRUE(next.runs() && next.paint(0x010203));
  EXPECT_EQ(decoded(shot(next.display()).value()).at(1, 1), 0x010203u);
}

TEST_F(DesktopHelper, OneThatIsKilledInMidShotIsAnErrorAndTheNextShotGetsAnother) {
  use({.answer_within = Millis{60'000}});
  const XServer server;
  ASSERT_TRUE(server.runs() && server.paint(kColour));
  ASSERT_TRUE(shot(server.display()));
  server.signal(SIGSTOP);
  std::optional<Error> failed;
  bool done = false;
  const auto ticket = helpers_->shot(target(server.display()), {}, [&](auto result) {
    if (!result) failed = result.error();
    done = true;
  });
  const auto pid = helpers_->running().at(0);
  reactor_.post([pid] { ::kill(pid, SIGKILL); });
  ASSERT_TRUE(run_until(done));
  ASSERT_TRUE(failed);
  EXPECT_EQ(*failed, fail(Errc::io, "the desktop helper of display " + server.display() + " has ended"));
  server.signal(SIGCONT);
  EXPECT_TRUE(shot(server.display()));
  EXPECT_NE(helpers_->running().at(0), pid);
}

TEST_F(DesktopHelper, OneThatHangsEndsWithTheRequestThatItHad) {
  use({.program = "/bin/cat", .answer_within = Millis{50}});
  EXPECT_EQ(shot().error(), fail(Errc::io, "the desktop helper of display :64999 did not answer within 50ms"));
  EXPECT_TRUE(helpers_->running().empty());
}

TEST_F(DesktopHelper, OneThatSpeaksNonsenseIsNotBelieved) {
  for (const auto* line :
       {"printf nonsense >&0; exec cat", "printf '\\0\\0\\0\\002{}' >&0; exec cat",
        "printf '\\0\\0\\0\\070{\"id\":1,\"picture\":{\"width\":10,\"height\":10,\"bytes\":1000}}' >&0; exec cat"}) {
    use({.program = script(line)});
    const auto answer = shot();
    ASSERT_FALSE(answer) << line;
    EXPECT_EQ(answer.error().code, Errc::io) << answer.error().message;
  }
}

TEST_F(DesktopHelper, HasNoTerminalAndNoStderrOfTheDaemons) {
  const auto said = directory_ + "/said";
  use({.program = script("echo $$ $(cut -d' ' -f6 /proc/$$/stat) $(readlink /proc/$$/fd/2) > " + said)});
  EXPECT_EQ(shot().error().code, Errc::io);
  std::string pid, session, err;
  std::ifstream(said) >> pid >> session >> err;
  EXPECT_FALSE(pid.empty());
  EXPECT_EQ(session, pid);
  EXPECT_EQ(err, "/dev/null");
}

TEST_F(DesktopHelper, PicturesThatNobodyFetchesAreLimited) {
  const XServer server;
  ASSERT_TRUE(server.runs() && server.paint(kColour));
  std::vector<Result<DesktopHelpers::Shot>> held;
  while (held.size() < DesktopHelpers::kMaxHeld) ASSERT_TRUE(held.emplace_back(shot(server.display())));
  EXPECT_EQ(shot(server.display()).error().code, Errc::limit);
  held.pop_back();
  EXPECT_TRUE(shot(server.display()));
}

TEST_F(DesktopHelper, IdleOnesEnd) {
  const XServer server;
  ASSERT_TRUE(server.runs() && server.paint(kColour));
  use({.keep_idle = Millis{30}});
  ASSERT_TRUE(shot(server.display()));
  reactor_.run(); // until there is nothing to wait for: the process has been reaped
  EXPECT_TRUE(helpers_->running().empty());
}

TEST_F(DesktopHelper, AllEndWithTheDaemon) {
  use({.program = "/bin/cat"});
  const auto ticket = helpers_->shot(target(":1"), {}, [](auto) {});
  const auto pid = helpers_->running().at(0);
  helpers_.reset();
  reactor_.run();
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(DesktopHelper, AMissingProgramIsNamed) {
  use({.program = directory_ + "/none"});
  EXPECT_EQ(shot().error().code, Errc::not_found);
}

// The service, with a far end that takes as much as it likes.
class DesktopService : public DesktopHelper {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.runs() && server_.paint(kColour));
    facts_.own_uid = ::geteuid();
    facts_.own_display = server_.display();
    port_.on_done = [this] {
      handler_.reset();
      done_ = true;
    };
  }
  void TearDown() override { handler_.reset(); }
  std::optional<Error> start(const desktop::ShotParams& params) {
    agent::DisplaySource source{facts_, read_, [](const auto& task) { task(); }};
    const auto service = agent::screenshot_service(reactor_, clock_, *helpers_, std::move(source), stall_);
    EXPECT_EQ(service.permission, Permission::view);
    auto handler = service.start(session::Caller{}, describe::to_node(params), port_);
    if (!handler) return handler.error();
    handler_ = std::move(*handler);
    return std::nullopt;
  }

  XServer server_;
  daemon::SystemClock clock_;
  agent::DisplayFacts facts_;
  std::function<agent::DisplayFacts(agent::DisplayFacts)> read_ = [](auto own) {
    ADD_FAILURE() << "the daemon's own display decides";
    return own;
  };
  Millis stall_ = agent::kShotStall;
  FakeCallPort port_;
  std::unique_ptr<session::CallHandler> handler_;
  bool done_ = false;
};

TEST_F(DesktopService, StreamsThePictureWithinCreditAndThenTheResult) {
  port_.credit = 100;
  bool starved = false;
  port_.on_sent = [&] { starved = port_.credit == 0; };
  ASSERT_FALSE(start({}));
  ASSERT_TRUE(run_until(starved));
  EXPECT_FALSE(done_);
  port_.credit = SIZE_MAX;
  port_.largest_frame = 50; // more frames than one turn has
  handler_->on_writable();
  ASSERT_TRUE(run_until(done_));
  ASSERT_TRUE(port_.answer) << port_.failure->message;
  const auto result = describe::from_node<desktop::ShotResult>(*port_.answer, describe::Unknown::refuse).value();
  EXPECT_EQ(result.bytes, port_.streams[desktop::kShotPng].size());
  EXPECT_EQ(result.display, server_.display());
  EXPECT_TRUE(port_.ended.contains(desktop::kShotPng));
  EXPECT_EQ(decode_png(port_.streams[desktop::kShotPng]).at(3, 3), kColour);
}

TEST_F(DesktopService, BadParametersReachNoHelper) {
  desktop::ShotParams params;
  params.display = "../:0";
  EXPECT_EQ(start(params)->code, Errc::invalid);
  params = {};
  params.region = desktop::Region{0, 1, 0, 0};
  EXPECT_EQ(start(params)->code, Errc::invalid);
  params = {};
  params.monitor = std::string(1000, 'm');
  EXPECT_EQ(start(params)->code, Errc::invalid);
  EXPECT_TRUE(helpers_->running().empty());
}

// A stranger, whom this machine does not even know, has the display in his environment.
agent::DisplayFacts stranger_on(const std::string& display, agent::DisplayFacts facts) {
  facts.own_display.clear();
  facts.active_vt = "7";
  facts.processes = {{64'998, display, "/x", "7", false}, {facts.own_uid, display, "", "", false}};
  facts.sockets = {{static_cast<unsigned>(std::stoul(display.substr(1))), 0}};
  return facts;
}

TEST_F(DesktopService, AStrangersProcessBreaksNoDisplay) {
  facts_.own_display.clear();
  read_ = [this](auto own) { return stranger_on(server_.display(), own); };
  ASSERT_FALSE(start({}));
  ASSERT_TRUE(run_until(done_));
  EXPECT_TRUE(port_.answer) << port_.failure->message;
}

TEST_F(DesktopService, WhereNoWayLeadsInTheUsersAreNamed) {
  facts_.own_display.clear();
  read_ = [](auto own) { return stranger_on(":64999", own); };
  ASSERT_FALSE(start({}));
  ASSERT_TRUE(run_until(done_));
  ASSERT_TRUE(port_.failure);
  EXPECT_EQ(port_.failure->code, Errc::unsupported);
  EXPECT_TRUE(port_.failure->message.ends_with("(as user 64998, then " + std::to_string(::geteuid()) + ")"))
      << port_.failure->message;
}

TEST_F(DesktopService, APictureThatIsNotTakenIsDropped) {
  stall_ = Millis{30};
  port_.credit = 100;
  ASSERT_FALSE(start({}));
  ASSERT_TRUE(run_until(done_));
  ASSERT_TRUE(port_.failure);
  EXPECT_EQ(*port_.failure, fail(Errc::timeout, "the picture was dropped: no byte was taken for 30ms"));
}

TEST_F(DesktopService, WhatTheHelperRefusesIsTheCallsError) {
  desktop::ShotParams params;
  params.monitor = "nowhere";
  ASSERT_FALSE(start(params));
  ASSERT_TRUE(run_until(done_));
  EXPECT_EQ(port_.failure->code, Errc::not_found);
}

TEST_F(DesktopService, ALostCallIsNotAnswered) {
  ASSERT_FALSE(start({}));
  handler_->on_lost(fail(Errc::connection_lost, "gone"));
  handler_.reset();
  ASSERT_TRUE(shot(server_.display())); // the next in the queue is
  EXPECT_FALSE(port_.done);
}

} // namespace
