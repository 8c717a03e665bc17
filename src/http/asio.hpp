// Asio and Beast under the names that this folder uses. Each connection lives on one io_context that one thread runs,
// so nothing in it needs a lock or a strand.
#pragma once

// Asio 1.74 sees that there are coroutines only if these come first.
#include <coroutine>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <exception>
#include <string_view>

namespace streamstats::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using steady_time = std::chrono::steady_clock::time_point;

using executor = asio::io_context::executor_type;
using tcp_socket = asio::basic_stream_socket<tcp, executor>;
using tcp_acceptor = asio::basic_socket_acceptor<tcp, executor>;
using steady_timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, executor>;
template <class T>
using task = asio::awaitable<T, executor>;
inline constexpr asio::use_awaitable_t<executor> use_task;

// For loops that must not end: without them the server would be deaf, or blind to deadlines. The exception leaves the
// thread, which ends the process; the next start recovers.
inline void end_process_on(const std::exception_ptr& trouble) {
    if (trouble) std::rethrow_exception(trouble);
}

// Beast's own view of a string, which is a different type in each version of Boost.
template <class View>
std::string_view text_of(const View& view) {
    return {view.data(), view.size()};
}

}  // namespace streamstats::http
