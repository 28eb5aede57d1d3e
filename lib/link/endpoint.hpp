#pragma once

#include "base/buffer.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "link/write_scheduler.hpp"
#include "wire/frame.hpp"
#include "wire/messages.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace rs::link {

// How large a frame may be so that writing it takes the link at most wire::kFrameTime, from what the link has taken
// while it had more to write. Starts at 64 KiB, stays within 16 KiB and wire::kMaxData.
class FrameSizer {
 public:
  std::size_t frame_bytes() const { return frame_bytes_; }
  void wrote(std::size_t bytes, bool more_is_waiting, BootTime now);

 private:
  std::size_t frame_bytes_ = 64 << 10;
  BootTime since_{};
  std::size_t bytes_ = 0;
};

// L1 of one end of a link: the peer's (agent, client), not the relay's. Sans-IO: after each input take all events,
// then write messages while next_message() gives some. The relay is not trusted: what it invents ends a circuit or
// the link, and never more.
class Endpoint {
 public:
  struct ControlReceived {
    wire::Control control;
  };
  struct Opened { // by the other end, through the relay; answer with accept() or refuse()
    wire::CircuitId circuit;
    std::string json; // byte for byte
    wire::OpenBody body;
    Bytes opaque;
  };
  struct Accepted {
    wire::CircuitId circuit;
    Bytes opaque;
  };
  struct Received {
    wire::CircuitId circuit;
    Buffer message; // the sealed frame stands behind wire::kHeaderBytes
  };
  struct Writable { // sendable() was used up and is no longer
    wire::CircuitId circuit;
  };
  struct Closed { // REFUSE or CLOSE, or the circuit broke a rule; nothing follows on it
    wire::CircuitId circuit;
    wire::CloseBody body;
  };
  using Event = std::variant<ControlReceived, Opened, Accepted, Received, Writable, Closed>;

  // An error is the link's end: close the transport with it.
  Result<void> on_message(Buffer message, BootTime now);
  std::optional<Event> next_event();
  std::optional<Buffer> next_message(BootTime now);

  void send_control(const wire::Control& control);
  // `json` is the described OPEN as encoded, `opaque` the handshake message (or empty).
  wire::CircuitId open(std::string json, TrafficClass traffic, ByteView opaque);
  void accept(wire::CircuitId circuit, ByteView opaque);
  void refuse(wire::CircuitId circuit, const wire::CloseBody& body);
  void grant(wire::CircuitId circuit, std::uint32_t bytes);
  // DATA payload bytes that one frame may have now; 0: wait for Writable. Unknown circuits: 0.
  std::size_t sendable(wire::CircuitId circuit);
  // Asks for a Writable as soon as more may be sent than now.
  void wait_writable(wire::CircuitId circuit);
  // Bytes of credit that the other end has given and we have not used.
  std::uint64_t credit(wire::CircuitId circuit) const;
  // `message`: room for the header, then the payload; the payload is at most credit().
  void send(wire::CircuitId circuit, Buffer message);
  // What is queued goes first.
  void close(wire::CircuitId circuit, const wire::CloseBody& body);

  std::size_t circuits() const { return circuits_.size(); }
  bool has_output() const { return !scheduler_.empty(); }

 private:
  struct Circuit {
    TrafficClass traffic;
    std::uint64_t may_send = 0;    // credit from the other end
    std::uint64_t may_receive = 0; // our grants, not yet used
    bool starved = false;          // somebody waits for Writable
    RateMeter rate;
  };

  Result<void> on_open(const wire::Frame& frame);
  Result<void> on_data(wire::CircuitId id, Buffer message);
  void on_credit(const wire::Frame& frame);
  void on_close(const wire::Frame& frame);
  void break_circuit(wire::CircuitId id, wire::RelayCode code, std::string message);
  void check_writable(wire::CircuitId id);

  std::map<wire::CircuitId, Circuit> circuits_;
  WriteScheduler scheduler_;
  FrameSizer sizer_;
  std::deque<Event> events_;
  BootTime now_{};
  wire::CircuitId next_id_ = 1;     // ours are odd
  wire::CircuitId last_opened_ = 0; // by the relay: even, strictly rising
};

} // namespace rs::link
