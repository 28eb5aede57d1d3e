// Asio's and Beast's own code, compiled once (separate compilation).
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
