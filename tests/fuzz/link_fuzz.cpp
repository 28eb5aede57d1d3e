#include "base/assert.hpp"
#include "support/fuzz_input.hpp"
#include "support/sim.hpp"
#include "wire/limits.hpp"

// A running call whose relay, technician or agent the input turns hostile. Whatever happens: nothing crashes or hangs,
// the agent gets a beginning of what was sent and an end only after all of it, the technician likewise, and calls that the
// attacker has no part in go on.
namespace {

using namespace rs;
using namespace rs::test;
using wire::FrameType;

constexpr int kMostMessages = 20'000; // that the relay may write in one run
constexpr int kMostSteps = 48;

enum class Attacker { relay, technician, agent };

describe::Node echo() { return *describe::parse_json(R"({"echo":true})"); }

class Scene {
 public:
  explicit Scene(FuzzInput& input) : input_(input), attacker_(static_cast<Attacker>(input.byte() % 3)) {
    armed_ = input_.byte() % 2 == 1; // the handshakes are under attack too
    sim_.tap = [this](Tap& tap, const Buffer& message) { on_relay_message(tap, message); };
    sim_.run();
    armed_ = true;
  }

  void run() {
    for (int step = 0; step < kMostSteps && !input_.empty(); ++step) {
      take_step();
      sim_.run();
      check();
    }
    armed_ = false;
    sim_.run();
    check();
    end_bystander(apart_);
    if (attacker_ == Attacker::technician) end_bystander(beside_);
    for (const auto key : {sim_.key_of(client_), sim_.key_of(agent_)}) sim_.drop_link(key);
    RS_ASSERT(call_.port == nullptr || over());
  }

 private:
  bool attacked(session::LinkKey key) const { return key == sim_.key_of(agent_) || key == sim_.key_of(client_); }
  bool over() const { return call_.result || call_.error; }
  bool can_write() const { return call_.port != nullptr && !over() && !ended_; }

  void take_step() {
    switch (input_.byte() % 8) {
      case 0:
      case 1: write(input_.byte()); break;
      case 2: write(input_.number()); break;
      case 3: end(); break;
      case 4: sim_.now += Millis(input_.number()); break;
      case 5: agent_.machine->on_time(sim_.now); break;
      default: inject(); break;
    }
  }

  void write(std::size_t most) {
    const auto size = can_write() ? std::min(most, call_.port->sendable()) : 0;
    if (size == 0) return;
    session::OutFrame frame(size);
    for (auto& byte : frame.room()) {
      sent_.push_back(static_cast<char>('a' + sent_.size() % 23));
      byte = static_cast<std::uint8_t>(sent_.back());
    }
    call_.port->send(1, std::move(frame), size);
  }
  void end() {
    if (!can_write()) return;
    ended_ = true;
    call_.port->end(1);
  }

  // Bytes that the hostile peer's own program would not have sent.
  void inject() {
    if (attacker_ == Attacker::relay) return;
    const auto key = attacker_ == Attacker::technician ? sim_.key_of(client_) : sim_.key_of(agent_);
    if (sim_.link_errors.contains(key) || sim_.peer_errors.contains(key)) return;
    sim_.inject_from_peer(key, invented());
  }

  // A whole frame or any bytes.
  Buffer invented() {
    const auto shape = input_.byte();
    const wire::CircuitId circuit = input_.byte() % 12;
    if (shape % 8 == 0) return Buffer::copy_of(input_.take(input_.byte()));
    if (shape % 8 == 1) return wire::encode_credit(circuit, input_.number() << 12);
    if (shape % 8 == 2) return wire::encode_control(as_text(input_.take(input_.byte())));
    if (shape % 8 == 3 || circuit == 0) return data(circuit + 1, 1 + input_.number() * 3);
    const auto type = static_cast<FrameType>(2 + shape % 4); // OPEN, ACCEPT, REFUSE, CLOSE
    const auto json = type == FrameType::open && shape >= 128 ? session_open() : to_text(input_.take(input_.byte()));
    return wire::encode_frame(circuit, type, json, input_.take(input_.byte()));
  }
  static Buffer data(wire::CircuitId circuit, std::size_t payload) {
    Buffer message(wire::kHeaderBytes + std::min(payload, wire::kMaxData));
    message.resize(message.capacity());
    std::fill_n(message.data(), message.size(), std::uint8_t{0x5a});
    wire::put_data_header(message, circuit);
    return message;
  }
  std::string session_open() {
    const bool known = input_.byte() % 2 == 0;
    return describe::to_json(wire::OpenBody{.org = sim_.tenant.org_id,
                                            .target = agent_.id.text(),
                                            .session = known ? sim_.last_session : sim_.tenant.new_session_id(),
                                            .call_no = input_.byte() % 6u});
  }

  void on_relay_message(Tap& tap, const Buffer& message) {
    RS_ASSERT(++messages_ < kMostMessages);
    if (!armed_ || attacker_ != Attacker::relay || input_.empty() || !attacked(tap.link)) return;
    switch (input_.byte() % 16) {
      case 0: tap.replaced_by.clear(); break;
      case 1: alter(tap.replaced_by[0]); break;
      case 2: tap.replaced_by.push_back(Buffer::copy_of(message.view())); break;
      case 3:
        held_.push_back(std::move(tap.replaced_by[0]));
        tap.replaced_by.clear();
        break;
      case 4:
        for (auto& held : std::exchange(held_, {})) tap.replaced_by.push_back(std::move(held));
        break;
      case 5: tap.replaced_by.insert(tap.replaced_by.begin(), invented()); break;
      case 6: tap.replaced_by[0].resize(std::min<std::size_t>(message.size(), input_.byte())); break;
      case 7: wire::put_circuit(tap.replaced_by[0], input_.byte() % 12); break;
      default: break;
    }
  }
  void alter(Buffer& message) {
    message.data()[input_.number() % message.size()] ^= static_cast<std::uint8_t>(input_.byte() | 1);
  }

  void check() const {
    RS_ASSERT(agent_.exec.started <= 2); // this call and the one beside it
    RS_ASSERT(sent_.starts_with(agent_.exec.stdin_bytes));
    RS_ASSERT(!agent_.exec.stdin_ended || (ended_ && agent_.exec.stdin_bytes == sent_));
    RS_ASSERT(sent_.starts_with(call_.out));
    RS_ASSERT(!call_.result || (call_.exit_code() == 0 && ended_ && call_.out_ended && call_.out == sent_));
  }

  // A call that the attacker has no part in goes on and ends as ever.
  void end_bystander(SeenCall& call) {
    RS_ASSERT(!call.error && !call.result);
    call.port->end(1);
    sim_.run();
    RS_ASSERT(call.exit_code() == 0);
  }

  FuzzInput& input_;
  Attacker attacker_;
  Sim sim_;
  SimAgent& agent_ = sim_.add_agent("box");
  SimAgent& far_ = sim_.add_agent("box");
  SimClient& other_ = sim_.add_client();
  SimClient& third_ = sim_.add_client();
  SimClient& client_ = sim_.add_client();
  SeenCall& apart_ = sim_.call(other_, far_, echo());    // shares no link with the attacker
  SeenCall& beside_ = sim_.call(third_, agent_, echo()); // shares the agent
  SeenCall& call_ = sim_.call(client_, agent_, echo());
  std::string sent_;
  bool ended_ = false;
  bool armed_ = false;
  int messages_ = 0;
  std::vector<Buffer> held_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(ByteView(data, size));
  Scene(input).run();
  return 0;
}
