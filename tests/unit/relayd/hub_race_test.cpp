#include "link_fixture.hpp"

#include "base/log.hpp"

#include <future>

namespace rs::relay::test {
namespace {

using wire::FrameType;
using wire::RelayCode;

// One of the relay's two threads stands still, at the end of a link of its own and before the relay has noted it, while
// the other goes on. Connections go to the threads in turn, which is how the tests choose.
struct HubRaces : LinkTest {
  HubRaces() {
    set_log_sink(LogLevel::debug, [this](const LogEvent& event) {
      if (event.event != "link-closed" || !armed.exchange(false)) return;
      reached.set_value();
      opened.get_future().wait();
    });
    start();
  }
  ~HubRaces() override {
    app.reset();
    set_log_sink(LogLevel::error, {});
  }
  // Ends this link; its thread stands still from now on.
  void stop_thread_of(std::unique_ptr<LinkEnd>& link) {
    armed = true;
    link->drop();
    reached.get_future().wait();
  }
  void go_on() { opened.set_value(); }

  std::atomic<bool> armed{false};
  std::promise<void> reached, opened;
};

TEST_F(HubRaces, AnAgentHearsOfAnOpenerThatWentBeforeItHeardOfTheCircuit) {
  auto agent = enter(web);   // one thread
  auto opener = enter(ada);  // the other
  auto stopped = enter(ada); // the agent's
  client = connect();        // the opener's
  stop_thread_of(stopped);
  opener->send_and_leave(open_frame(1, open_body(ada, web.row.id.text())));
  EXPECT_TRUE(is_closed(*opener));
  EXPECT_TRUE(eventually([&] { return status().links == 2; })); // the agent's, and the one that stands still
  go_on();
  EXPECT_EQ(next_reply(*agent).type, FrameType::open);
  const auto told = next_reply(*agent);
  EXPECT_EQ(told.type, FrameType::close);
  EXPECT_EQ(told.why.code, RelayCode::peer_gone);
  EXPECT_TRUE(eventually([&] { return status().circuits == 0; }));
}

TEST_F(HubRaces, AnOpenerHearsOfAnAgentThatWentBeforeItHeardOfTheCircuit) {
  auto agent = enter(web);  // one thread
  auto opener = enter(ada); // the other
  auto aside = open_link(); // the agent's
  client = connect();       // the opener's
  stop_thread_of(agent);
  opener->send(open_frame(1, open_body(ada, web.row.id.text())));
  wire::Control ask;
  ask.resolve = wire::Resolve{7, "web"};
  opener->send(ask);
  EXPECT_TRUE(next_control(*opener).resolved.value().online); // the relay has not noted it yet
  go_on();
  const auto told = next_reply(*opener);
  EXPECT_EQ(told.type, FrameType::refuse);
  EXPECT_EQ(told.why.code, RelayCode::agent_offline);
  EXPECT_TRUE(eventually([&] { return status().circuits == 0; }));
}

} // namespace
} // namespace rs::relay::test
