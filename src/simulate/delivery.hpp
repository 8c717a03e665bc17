// Brings batches to the receiver as media servers do: over connections that stay open, each one batch at a time, and
// again and again until it is answered with 2xx. A batch leaves here only when it is taken.
// Lives on one io_context that one thread runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "simulate/answer.hpp"
#include "simulate/asio.hpp"
#include "simulate/mailbag.hpp"
#include "simulate/url.hpp"

namespace streamstats::simulate {

struct delivery_tally {
    std::uint64_t batches = 0;  // taken
    std::uint64_t events = 0;   // in them
    std::uint64_t attempts = 0;
    receipt told;                 // sums of what the answers say; `first_error` is the newest
    std::uint64_t not_taken = 0;  // answers other than 2xx
    std::uint64_t broken = 0;     // connections lost, refused or timed out
    std::uint64_t cut = 0;        // answers lost on purpose
    std::string last_error;       // empty: none yet
    steady_time last_error_at{};
    steady_time last_taken_at{};
    bool refused = false;  // the receiver refuses batches on principle; nothing more is sent
};

class delivery {
public:
    struct settings {
        target_url url;
        std::string token;
        std::size_t connections = 1;
    };
    // `done` is called once, after finish(), when everything is delivered, or earlier when the receiver refuses.
    delivery(asio::io_context& context, settings how, std::function<void()> done);

    void post(mail batch);
    // Nothing more will be posted.
    void finish();
    // Comes back when less than a few batches for each connection wait, or at interrupt().
    task<void> wait_for_room();
    void interrupt() { room_.cancel(); }

    [[nodiscard]] const delivery_tally& tally() const { return tally_; }
    // Batches and events that are posted and not yet taken.
    [[nodiscard]] std::size_t batches_left() const { return waiting_.size() + under_way_; }
    [[nodiscard]] std::size_t events_left() const { return events_left_; }

private:
    struct connection;
    enum class verdict { taken, again, refused };

    task<void> run_connection();
    task<void> deliver(connection& link, mail& batch);
    task<verdict> attempt(connection& link, mail& batch);
    task<bool> connect(connection& link);
    task<verdict> read_answer(connection& link, const mail& batch);
    verdict judge(connection& link, const mail& batch);
    verdict accept(connection& link, const mail& batch);
    void lost(connection& link, std::string_view doing, const error_code& error);
    void note_error(std::string text);
    [[nodiscard]] std::string head_of(std::size_t body_bytes) const;
    [[nodiscard]] bool has_room() const;
    task<void> pause(milliseconds length);

    asio::io_context& context_;
    const settings how_;
    std::function<void()> done_;
    std::deque<mail> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::size_t under_way_ = 0;
    std::size_t events_left_ = 0;
    std::size_t running_ = 0;  // connections
    bool finished_ = false;
    asio::steady_timer arrival_;  // cancelled when a batch is posted
    asio::steady_timer room_;     // cancelled when one is taken out
    delivery_tally tally_;
};

}  // namespace streamstats::simulate
