// The parts of Asio and Beast that are compiled once.
#include <coroutine>
#include <utility>

#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
