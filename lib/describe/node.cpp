#include "describe/node.hpp"
