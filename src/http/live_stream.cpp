#include "http/live_stream.hpp"

#include <utility>

namespace streamstats::http {

task<live_board::frame> frame_of_now(live_board& board, bell& waiting) {
    const std::function<void(live_board::listener)> look = [&board](live_board::listener done) {
        board.ask(std::move(done));
    };
    co_return co_await waiting.ask<live_board::frame>(look);
}

task<std::string> live_stream::next(bell& waiting) {
    const auto now = co_await frame_of_now(*board_, waiting);
    // A client that lost its connection waits so long before it comes again.
    std::string event{std::exchange(begun_, true) ? "" : "retry: 2000\n\n"};
    event.append("event: live\nid: ").append(std::to_string(now->number())).append("\ndata: ");
    co_return event.append(*now->text(asked_)).append("\n\n");
}

}  // namespace streamstats::http
