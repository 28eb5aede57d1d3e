#pragma once

#include "describe/describe.hpp"

namespace rs {

// A person's or pipeline's part. A customer has no account.
enum class Role { admin, technician, customer, bot };
RS_DESCRIBE_ENUM(Role, admin, technician, customer, bot)

// One thing that a session may do. A grant of one never implies another; an unknown name is refused.
enum class Permission { view, control, files, exec, clipboard, camera, chat, diag, record, install, forward };
RS_DESCRIBE_ENUM(Permission, view, control, files, exec, clipboard, camera, chat, diag, record, install, forward)

// In which order a link writes. It stands in OPEN.
enum class TrafficClass { control, interactive, media, bulk };
RS_DESCRIBE_ENUM(TrafficClass, control, interactive, media, bulk)

} // namespace rs
