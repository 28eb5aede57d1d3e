#pragma once

#include "link/endpoint.hpp"
#include "sealed/frames.hpp"
#include "sealed/noise.hpp"
#include "session/service.hpp"

#include <deque>
#include <set>
#include <variant>

namespace rs::session {

// The roots of a session as one end uses them.
struct Roots {
  crypto::Secret32 send;
  crypto::Secret32 receive;
  static Roots of(const sealed::Split& split, bool initiator);
};

// One circuit inside the seal: documents, streams, their order, and credit both ways. Both ends of a call use it; what
// a document means is its owner's business.
class CallChannel final : public CallPort {
 public:
  struct Document {
    describe::Node node;
  };
  struct Data {
    std::uint8_t kind;
    InData data;
  };
  struct End {
    std::uint8_t kind;
  };
  using Incoming = std::variant<Document, Data, End>;

  // `open_json` as its sender wrote it.
  CallChannel(link::Endpoint& endpoint, wire::CircuitId circuit, const Roots& roots, std::uint64_t call_no,
              std::string_view open_json);

  wire::CircuitId circuit() const { return circuit_; }
  // A DATA message. `integrity`: not exactly the next frame of this call, or a stream goes on after its end.
  Result<Incoming> receive(Buffer message);
  // The other end has given credit.
  void on_writable();
  // Queued where there is no credit yet; documents and ends keep their order. `limit`: longer than wire::kMaxDocument.
  Result<void> send_document(const describe::Node& document);
  bool finished() const { return finished_; }    // result() or error() was called
  bool idle() const { return waiting_.empty(); } // nothing waits for credit

  std::size_t sendable() const override;
  bool may_send(std::size_t bytes) const override;
  void send(std::uint8_t kind, OutFrame frame, std::size_t size) override;
  void end(std::uint8_t kind) override;
  void consumed(std::size_t bytes) override;
  // The agent's words; they are not for a client's channel.
  void progress(describe::Node document) override;
  void result(describe::Node document) override;
  void error(const Error& error, describe::Node data = {}) override;
  // Told whenever something has been queued for the link, which may be outside of any input.
  std::function<void()> on_output;
  // Told once, when result() or error() is queued.
  std::function<void()> on_finished;

 private:
  struct Small {
    std::uint8_t kind;
    std::string text;
  };
  void give_back(std::size_t bytes);
  void queue(Small frame);
  void flush();
  void seal_and_send(std::uint8_t kind, Buffer buffer, std::size_t size);
  void finish(describe::Node reply);

  link::Endpoint& endpoint_;
  wire::CircuitId circuit_;
  sealed::FrameSealer sealer_;
  sealed::FrameOpener opener_;
  std::deque<Small> waiting_;
  std::set<std::uint8_t> ended_in_;
  // Data bytes of each frame that came and is not used up. A frame's overhead goes back with its last byte: else a flood
  // of tiny frames would never run out of credit.
  std::deque<std::size_t> unconsumed_;
  std::size_t owed_ = 0; // bytes used up and not yet granted again
  bool finished_ = false;
};

} // namespace rs::session
