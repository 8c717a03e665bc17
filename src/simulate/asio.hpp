// Asio and Beast under the names that this folder uses. Everything runs on the one thread that runs the io_context, so
// nothing needs a lock or a strand.
#pragma once

// Asio 1.74 sees that there are coroutines only if these come first.
#include <coroutine>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace streamstats::simulate {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using steady_time = std::chrono::steady_clock::time_point;
template <class T>
using task = asio::awaitable<T>;
// Waits in a coroutine; what went wrong is in `error` instead of being thrown.
inline auto waiting(error_code& error) {
    return asio::redirect_error(asio::use_awaitable, error);
}

}  // namespace streamstats::simulate
