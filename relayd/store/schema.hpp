#pragma once

namespace rs::store {

extern const char* const kSchemaSql; // schema.sql, embedded by the build

} // namespace rs::store
