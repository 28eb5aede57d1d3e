#pragma once

#include "relay_fixture.hpp"
#include "wire/frame.hpp"

#include <deque>

namespace rs::relay::test {

// A peer's end of a link, frame by frame, so that it can say anything.
class LinkEnd final : net::Transport::Owner {
 public:
  LinkEnd(bool& woken, std::unique_ptr<net::Transport> transport, Bytes tls_spki)
      : tls_spki(std::move(tls_spki)), woken_(woken), transport_(std::move(transport)) {
    transport_->start(*this);
  }
  void send(Buffer frame) {
    outbox_.push_back(std::move(frame));
    if (transport_) transport_->wake();
  }
  void send(const wire::Control& control) { send(wire::encode_control(describe::to_json(control))); }
  void drop() { transport_.reset(); }
  void send_and_leave(Buffer frame) { // both arrive together
    send(std::move(frame));
    transport_->close("bye");
  }

  std::deque<Buffer> inbox;
  bool closed = false;
  const Bytes tls_spki; // of the server that it met

 private:
  void on_message(Buffer message) override {
    inbox.push_back(std::move(message));
    woken_ = true;
  }
  std::optional<Buffer> next_message() override {
    if (outbox_.empty()) return std::nullopt;
    auto first = std::move(outbox_.front());
    outbox_.pop_front();
    return first;
  }
  void on_closed(const Error&) override { closed = woken_ = true; }

  bool& woken_;
  std::unique_ptr<net::Transport> transport_;
  std::deque<Buffer> outbox_;
};

// What the relay answered on a circuit.
struct Reply {
  wire::CircuitId circuit = 0;
  wire::FrameType type = wire::FrameType::control;
  wire::CloseBody why; // REFUSE and CLOSE
  std::string json;
};

class LinkTest : public RelayTest {
 protected:
  std::unique_ptr<LinkEnd> open_link() {
    auto connection = connect();
    const auto& spki = connection->identity().spki_sha256;
    std::optional<Result<std::unique_ptr<net::Transport>>> link;
    connection->upgrade([&](auto result) { link = std::move(result), woken = true; });
    wait([&] { return link.has_value(); });
    return std::make_unique<LinkEnd>(woken, std::move(*link).value(), Bytes(spki.begin(), spki.end()));
  }
  // The next frame; nothing where the link was closed.
  std::optional<Buffer> next(LinkEnd& link) {
    wait([&] { return !link.inbox.empty() || link.closed; });
    if (link.inbox.empty()) return std::nullopt;
    auto first = std::move(link.inbox.front());
    link.inbox.pop_front();
    return first;
  }
  wire::Control next_control(LinkEnd& link) {
    const auto message = next(link);
    if (!message) return {};
    return wire::parse_control(wire::parse_frame(message->view()).value().json).value();
  }
  Reply next_reply(LinkEnd& link) {
    const auto message = next(link);
    if (!message) return {};
    const auto frame = wire::parse_frame(message->view()).value();
    Reply out{frame.circuit, frame.type, {}, std::string(frame.json)};
    if (frame.type == wire::FrameType::refuse || frame.type == wire::FrameType::close)
      out.why = describe::from_json<wire::CloseBody>(frame.json, describe::Unknown::refuse).value();
    return out;
  }
  bool is_closed(LinkEnd& link) {
    return wait([&] { return link.closed; });
  }

  // A good hello over the link's challenge, after `change`.
  wire::Control hello(LinkEnd& link, const session::Identity& keys, std::optional<session::InstanceOffer> instance,
                      const std::function<void(sealed::HelloClaims&)>& change = [](auto&) {}) {
    sealed::HelloClaims claims{fingerprint, next_control(link).challenge.value().nonce, {}, {}, {wire::kVersion}, {}};
    if (instance) claims.last = instance->last, claims.next = instance->next;
    change(claims);
    wire::Control out;
    out.hello = wire::Hello{sealed::sign_document(claims, keys.sign), keys.certificate};
    return out;
  }
  static sealed::Instance instance(std::uint64_t counter, std::uint8_t random = 1) { return {counter, Bytes(16, random)}; }
  static session::InstanceOffer offer(std::uint64_t next, std::uint8_t random = 1) {
    session::InstanceOffer out{{}, instance(next, random)};
    if (next > 1) out.last = instance(next - 1, random);
    return out;
  }
  wire::Control enter(LinkEnd& link, const session::Identity& keys, std::optional<session::InstanceOffer> instance = {}) {
    link.send(hello(link, keys, std::move(instance)));
    return next_control(link);
  }
  // A link that is welcome.
  std::unique_ptr<LinkEnd> enter(const Person& person) {
    auto link = open_link();
    EXPECT_TRUE(enter(*link, person.keys).welcome);
    return link;
  }
  std::unique_ptr<LinkEnd> enter(const Machine& machine, std::uint64_t instance = 1) {
    auto link = open_link();
    EXPECT_TRUE(enter(*link, machine.keys, offer(instance)).welcome);
    return link;
  }

  static wire::OpenBody open_body(const Person& from, const std::string& target) {
    wire::OpenBody body;
    body.org = from.org;
    body.target = target;
    body.session = SessionId::from_random(crypto::system_random().array<kIdRandomBytes>());
    return body;
  }
  static Buffer open_frame(wire::CircuitId circuit, const wire::OpenBody& body) {
    return wire::encode_frame(circuit, wire::FrameType::open, describe::to_json(body), as_bytes("hello"));
  }
  // The answer to a resolve: it also shows that the link is alive.
  wire::Control resolve(LinkEnd& link, const std::string& target, std::uint64_t n = 7) {
    wire::Control ask;
    ask.resolve = wire::Resolve{n, target};
    link.send(ask);
    return next_control(link);
  }

  wire::api::ServerStatus status() { return get(operator_, "/v1/status").as<wire::api::ServerStatus>(); }
  bool is_online(const Machine& machine) {
    return get(operator_, "/v1/agents/" + machine.row.id.text()).as<wire::api::AgentEntry>().agent.online;
  }

  Person operator_ = papers->person(acme(), "operator", Role::admin);
  Person ada = papers->person(acme(), "ada", Role::technician);
  Person eve = papers->person(other(), "eve", Role::admin);
  Machine web = papers->machine(acme(), "web");
};

} // namespace rs::relay::test
