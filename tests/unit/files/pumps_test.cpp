#include "files/pumps.hpp"

#include "files/limits.hpp"
#include "support/fake_call_port.hpp"
#include "support/transfer_scene.hpp"

#include <gtest/gtest.h>

namespace rs::test {
namespace {

using namespace files;

// Tasks that a test runs step by step.
class StepQueue {
 public:
  Executor executor() {
    return [this](std::function<void()> task) { tasks_.push_back(std::move(task)); };
  }
  bool step() {
    if (tasks_.empty()) return false;
    const auto task = std::move(tasks_.front());
    tasks_.pop_front();
    task();
    return true;
  }

 private:
  std::deque<std::function<void()>> tasks_;
};

session::InData data_of(std::string_view text) {
  auto buffer = Buffer::copy_of(as_bytes(text));
  return {std::move(buffer), 0, text.size()};
}
std::string encoded(const Reply& reply) {
  std::string out;
  encode(reply, out);
  return out;
}

enum class First { disk, home };

struct Pumps : testing::TestWithParam<First> {
  StepQueue disk;
  StepQueue home;
  FakeCallPort port;
  std::optional<Result<void>> over;
  int wakes = 0;

  PumpPlaces places() {
    return {disk.executor(), home.executor(), [this] { ++wakes; }};
  }
  // Both queues, until nothing is left.
  void run() {
    auto& first = GetParam() == First::disk ? disk : home;
    auto& second = GetParam() == First::disk ? home : disk;
    while (first.step() || second.step()) {}
  }
  void on_over(Result<void> how) {
    EXPECT_FALSE(over);
    over = std::move(how);
  }
};

struct SendPumps : Pumps {
  MemoryDisk source;
  FakeOwners owners;
  Progress progress;
  std::shared_ptr<SendPump> pump;
  std::string text = random_text(1'500'000);
  bool lets_go = false;

  void start(Result<void> opens = {}) {
    source.add_file("a", text);
    pump = std::make_shared<SendPump>([this, opens]() -> Result<std::unique_ptr<Sender>> {
      RS_CHECK(opens);
      std::vector<Source> sources(1);
      sources[0].parent = source.root();
      sources[0].name = sources[0].as = "a";
      return std::make_unique<Sender>(std::move(sources), Sender::Options{.compress = Compress::never}, owners, progress);
    }, places(), [this](Result<void> how) {
      on_over(std::move(how));
      if (lets_go) pump.reset();
    });
    pump->start(port);
  }
  void answer(const Reply& reply) { pump->on_reply(data_of(encoded(reply))); }
  // What has gone out of the file so far is its beginning.
  void expect_order() {
    struct Content : StreamReader::Events {
      std::string bytes;
      Result<void> on_record(Record) override { return {}; }
      Result<void> on_content(ByteView piece) override {
        bytes += as_text(piece);
        return {};
      }
    } content;
    StreamReader reader(content);
    ASSERT_TRUE(reader.read(as_bytes(port.streams[kPlainStream])));
    EXPECT_TRUE(text.starts_with(content.bytes));
    if (over && *over) EXPECT_EQ(content.bytes.size(), text.size());
  }
};

TEST_P(SendPumps, SendsEverythingInOrderAndEndsTheStream) {
  start();
  answer(Ready{});
  run();
  ASSERT_TRUE(over && *over);
  expect_order();
  EXPECT_EQ(port.ended, std::set<std::uint8_t>{kPlainStream});
  EXPECT_EQ(port.taken, encoded(Ready{}).size());
  EXPECT_EQ(pump->counts().files, 1u);
  EXPECT_GT(wakes, 0);
}

TEST_P(SendPumps, SendsNoMoreThanItsCredit) {
  for (const std::size_t credit : {std::size_t(1500), std::size_t(70'000), std::size_t(300'000)}) {
    over.reset();
    port = FakeCallPort();
    port.credit = 0;
    port.largest_frame = 40'000;
    start();
    answer(Ready{});
    for (int rounds = 0; !over && rounds < 5000; ++rounds) {
      run(); // the port asserts that nothing goes out without credit
      expect_order();
      port.credit += credit;
      pump->on_writable();
    }
    ASSERT_TRUE(over && *over) << credit;
    expect_order();
  }
}

TEST_P(SendPumps, LittleCreditWaitsForMore) {
  port.credit = Sender::kMinRoom - 1;
  start();
  answer(Ready{});
  run();
  EXPECT_TRUE(port.streams.empty());
  port.credit = SIZE_MAX;
  pump->on_writable();
  run();
  EXPECT_TRUE(over && *over);
}

TEST_P(SendPumps, ATinyLargestFrameIsNoReasonToHang) {
  text = "short";
  port.largest_frame = 100;
  start();
  answer(Ready{});
  run();
  EXPECT_TRUE(over && *over);
}

TEST_P(SendPumps, WaitsForRepliesWithoutTurning) {
  start();
  run();
  EXPECT_FALSE(over);
  EXPECT_TRUE(port.streams.empty());
  answer(Ready{});
  run();
  EXPECT_TRUE(over && *over);
}

TEST_P(SendPumps, ABadReplyEndsIt) {
  start();
  answer(Resume{});
  run();
  ASSERT_TRUE(over);
  EXPECT_EQ(over->error().code, Errc::invalid);
  EXPECT_TRUE(port.ended.empty());
}

TEST_P(SendPumps, ASourceThatIsNotThereEndsIt) {
  start(fail(Errc::not_found, "a"));
  answer(Ready{});
  run();
  ASSERT_TRUE(over);
  EXPECT_EQ(over->error().code, Errc::not_found);
}

// Stopped after each number of steps: nothing touches the port any more, and nobody is told.
TEST_P(SendPumps, AfterStopNothingTouchesThePort) {
  for (int steps = 0; steps < 40; ++steps) {
    over.reset();
    port = FakeCallPort();
    port.credit = 300'000;
    start();
    answer(Ready{});
    bool more = true;
    for (int i = 0; i < steps && more; ++i)
      more = GetParam() == First::disk ? disk.step() || home.step() : home.step() || disk.step();
    if (over) break;
    const auto sent = port.streams[kPlainStream].size();
    const auto taken = port.taken;
    pump->stop();
    port.credit = SIZE_MAX;
    pump->on_writable();
    answer(Ready{});
    run();
    EXPECT_FALSE(over);
    EXPECT_EQ(port.streams[kPlainStream].size(), sent);
    EXPECT_EQ(port.taken, taken);
    EXPECT_TRUE(port.ended.empty());
  }
}

// Told inside of on_writable(): the last that holds the pump may go.
TEST_P(SendPumps, WhoIsToldMayLetGoOfIt) {
  text = "short";
  lets_go = true;
  port.credit = 5000;
  source.before_call = [this](std::string_view, const std::string&) { port.credit = 0; }; // while a frame is being filled
  start();
  answer(Ready{});
  run();
  EXPECT_FALSE(over);
  port.credit = 5000;
  pump->on_writable();
  run();
  EXPECT_TRUE(over && *over);
}

struct SeenSink final : StreamSink {
  std::string log;
  int cancelled = 0;
  Result<void> starts;
  Result<void> takes;
  Result<void> ends;
  Result<void> start() override {
    log += "start ";
    return starts;
  }
  Result<void> on_frame(std::uint8_t kind, ByteView bytes) override {
    log += std::to_string(kind) + ":" + to_text(bytes) + " ";
    return takes;
  }
  Result<void> finish() override {
    log += "finish ";
    return ends;
  }
  void abandon() override { log += "abandon "; }
  void cancel() override { ++cancelled; }
  std::string replies = "r";
  std::string take_replies() override { return replies; }
};

struct ReceivePumps : Pumps {
  std::shared_ptr<SeenSink> sink = std::make_shared<SeenSink>();
  std::shared_ptr<ReceivePump> pump;

  void start() {
    pump = std::make_shared<ReceivePump>(sink, places(), [this](Result<void> how) { on_over(std::move(how)); });
    pump->start(port);
  }
  void all() {
    pump->on_data(kPlainStream, data_of("one"));
    pump->on_data(kZstdStream, data_of("two!"));
    pump->on_end();
  }
};

TEST_P(ReceivePumps, HandsOnInOrderAndGivesCreditBack) {
  start();
  all();
  run();
  ASSERT_TRUE(over && *over);
  EXPECT_EQ(sink->log, "start 1:one 2:two! finish ");
  EXPECT_EQ(port.taken, 7u);
  EXPECT_EQ(port.streams[kReplyStream], "rrr");
}

TEST_P(ReceivePumps, CreditComesBackOnlyWhenItIsTaken) {
  start();
  pump->on_data(kPlainStream, data_of("one"));
  EXPECT_EQ(port.taken, 0u);
  while (home.step()) {}
  EXPECT_EQ(port.taken, 0u);
  run();
  EXPECT_EQ(port.taken, 3u);
}

// Else a peer that takes none makes them pile up without end.
TEST_P(ReceivePumps, WhoTakesNoRepliesGetsNoCreditForMore) {
  sink->replies = std::string(40 << 10, 'r');
  port.credit = 0;
  start();
  for (int i = 0; i < 3; ++i) pump->on_data(kPlainStream, data_of("ask"));
  run();
  EXPECT_LE(port.taken, 3u);
  port.credit = 1 << 20;
  pump->on_writable();
  run();
  EXPECT_EQ(port.taken, 9u);
}

TEST_P(ReceivePumps, StoppingTellsTheSinkAtOnce) {
  start();
  pump->stop();
  EXPECT_EQ(sink->cancelled, 1);
  run();
}

TEST_P(ReceivePumps, RepliesWaitForCredit) {
  port.credit = 2;
  start();
  pump->on_data(kPlainStream, data_of("one"));
  pump->on_data(kPlainStream, data_of("one"));
  run();
  EXPECT_EQ(port.streams[kReplyStream], "rr");
  port.credit = 5;
  pump->on_writable();
  EXPECT_EQ(port.streams[kReplyStream], "rrr");
}

TEST_P(ReceivePumps, AnErrorEndsItOnceAndTheSinkIsAbandonedOnce) {
  for (const auto* where : {"start", "take", "end"}) {
    over.reset();
    sink = std::make_shared<SeenSink>();
    const auto error = fail(Errc::no_space, where);
    if (std::string_view(where) == "start") sink->starts = error;
    else if (std::string_view(where) == "take") sink->takes = error;
    else sink->ends = error;
    start();
    all();
    run();
    ASSERT_TRUE(over) << where;
    EXPECT_EQ(over->error(), error);
    EXPECT_TRUE(sink->log.ends_with("abandon ")) << sink->log;
    EXPECT_EQ(sink->log.find("abandon "), sink->log.size() - 8) << sink->log;
    pump->stop();
    run();
    EXPECT_EQ(sink->log.find("abandon "), sink->log.size() - 8) << sink->log;
  }
}

// Stopped after each number of steps, whether the sink is well or fails: it ends finished or abandoned, never both or neither.
TEST_P(ReceivePumps, AfterStopNothingTouchesThePortAndTheSinkIsClosedOnce) {
  for (const bool well : {true, false}) {
    for (int steps = 0; steps < 12; ++steps) {
      over.reset();
      port = FakeCallPort();
      sink = std::make_shared<SeenSink>();
      if (!well) sink->takes = sink->ends = fail(Errc::io, "");
      start();
      all();
      for (int i = 0; i < steps; ++i) GetParam() == First::disk ? disk.step() || home.step() : home.step() || disk.step();
      const bool was_over = over.has_value();
      const auto taken = port.taken;
      const auto replies = port.streams[kReplyStream];
      pump->stop();
      pump->on_writable();
      run();
      EXPECT_EQ(over.has_value(), was_over);
      EXPECT_EQ(port.taken, taken);
      EXPECT_EQ(port.streams[kReplyStream], replies);
      const bool finished = well && sink->log.find("finish ") != std::string::npos;
      const bool abandoned = sink->log.find("abandon ") != std::string::npos;
      EXPECT_NE(finished, abandoned) << sink->log << " after " << steps;
    }
  }
}

TEST_P(ReceivePumps, AfterItIsOverNothingTouchesThePort) {
  sink->takes = fail(Errc::io, "");
  start();
  all();
  run();
  ASSERT_TRUE(over);
  const auto taken = port.taken;
  pump->on_data(kPlainStream, data_of("more"));
  pump->on_writable();
  run();
  EXPECT_EQ(port.taken, taken);
}

const auto kBothOrders = testing::Values(First::disk, First::home);
std::string order_name(const testing::TestParamInfo<First>& info) {
  return info.param == First::disk ? "DiskFirst" : "HomeFirst";
}
INSTANTIATE_TEST_SUITE_P(Orders, SendPumps, kBothOrders, order_name);
INSTANTIATE_TEST_SUITE_P(Orders, ReceivePumps, kBothOrders, order_name);

} // namespace
} // namespace rs::test
