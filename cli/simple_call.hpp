#pragma once

#include "cli/agent_call.hpp"

namespace rs::cli {

// One call that is a request and a result, without streams: blocks until the agent has answered. An interruption, or
// --timeout, ends the work there too.
Result<describe::Node> call_agent(Context& context, session::CallSpec spec);

} // namespace rs::cli
