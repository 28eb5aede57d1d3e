#include "crypto/random.hpp"

#include "base/assert.hpp"
#include "crypto/openssl.hpp"

#include <openssl/rand.h>

#include <limits>

namespace rs::crypto {
namespace {

class SystemRandom final : public Random {
 public:
  void fill(MutableBytes out) override {
    start_openssl();
    RS_ASSERT(out.size() <= std::numeric_limits<int>::max());
    RS_ASSERT(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
  }
};

} // namespace

Random& system_random() {
  static SystemRandom random;
  return random;
}

} // namespace rs::crypto
