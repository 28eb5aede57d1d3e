#pragma once

#include <string>

namespace rs::crypto {

// Initialises libcrypto without reading openssl.cnf: a configuration file may swap providers or defaults under us,
// and reading it costs start-up time. Every function of this room calls it; net calls it before its first use of
// libssl, which would load the file otherwise. Thread-safe and cheap after the first call.
void start_openssl();

// "3.0.15": of the library that is loaded, not of the headers. Initialises nothing.
std::string openssl_version();

// Empties this thread's error queue: a refused signature or tag is an answer here, and must not be taken for an
// error of the next TLS call on this thread.
void clear_openssl_errors();

} // namespace rs::crypto
