#pragma once

#include "describe/node.hpp"

namespace rs::relay::api {

// The HTTPS API as an OpenAPI 3.1 document, made of the same rows and described structs that serve it.
describe::Node openapi_document();

} // namespace rs::relay::api
