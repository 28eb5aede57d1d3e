#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>

// Every limit of the protocol, in one place. A refusal names the limit that it met.
namespace rs::wire {

inline constexpr std::uint32_t kVersion = 1;

inline constexpr std::size_t kMaxData = 256 << 10;           // bytes of a DATA payload, tag included
inline constexpr std::size_t kMaxMessage = kMaxData + 8;     // bytes of any frame, header included
inline constexpr std::size_t kMaxControl = 64 << 10;         // bytes of a CONTROL payload
inline constexpr std::size_t kNonceBytes = 32;               // of a challenge, exactly
inline constexpr std::size_t kMaxTarget = 256;               // bytes of the target of a resolve; answers may repeat it
inline constexpr std::size_t kLeastIdPrefix = 4;             // characters of an id's beginning that names it, "a-" included
inline constexpr std::size_t kMaxOpenJson = 1 << 10;         // bytes of JSON in OPEN, ACCEPT, REFUSE, CLOSE
inline constexpr std::size_t kMaxOpenOpaque = 16 << 10;      // opaque bytes in OPEN and ACCEPT (a handshake message)
inline constexpr std::size_t kMaxControlClassData = 4 << 10; // bytes of a DATA payload on a circuit of class control

inline constexpr std::size_t kMaxCircuits = 1024;      // live, a link
inline constexpr std::uint32_t kMaxCredit = 16 << 20;  // outstanding, a circuit and direction
inline constexpr std::uint32_t kWindow = 2 << 20;      // what our receivers grant
inline constexpr std::size_t kMaxSignals = 1 << 20;    // bytes of signalling that a relay queues on one link
inline constexpr std::size_t kMaxLinkQueue = 64 << 20; // bytes of everything that a relay queues on one link
inline constexpr std::size_t kMaxQueued = 512 << 10;   // DATA bytes that an end queues on one circuit
inline constexpr std::size_t kMaxDocument = 200 << 10; // bytes of one JSON document inside a seal

inline constexpr std::size_t kInteractiveRate = 1 << 20; // bytes a second; above it a circuit counts as bulk
inline constexpr Millis kFrameTime{5};                   // a frame should not take the link for longer

inline constexpr Millis kHelloTimeout{10'000};           // from challenge to hello, and from hello to welcome
inline constexpr Millis kHalfSessionTimeout{30'000};     // from message 2 to the first sealed frame
inline constexpr std::size_t kMaxHalfSessions = 32;      // an agent, sessions without a sealed frame yet
inline constexpr std::size_t kMaxSessions = 256;         // an agent
inline constexpr std::size_t kMaxSessionsPerKey = 64;    // an agent, of one technician's key
inline constexpr std::int64_t kHandshakesPerSecond = 50; // an agent
inline constexpr std::int64_t kHandshakeBurst = 200;     // an agent, after a quiet time
inline constexpr std::size_t kMaxCallsPerSession = 128;  // live
inline constexpr Millis kCallWindow{60'000};             // added to within_ms by the caller

} // namespace rs::wire
