using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class FrameTrackerTests
{
    // Each kind of head: short, masked, with a length of 16 and of 64 bits, empty, a fragment, a ping.
    private static readonly byte[][] Frames =
    [
        [0x82, 3, 1, 2, 3], [0x82, 0x82, 9, 9, 9, 9, 1, 2], [0x82, 126, 0, 5, 1, 2, 3, 4, 5], [0x82, 127, 0, 0, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4],
        [0x81, 0], [0x01, 1, 8], [0x89, 0x80, 8, 8, 8, 8],
    ];

    [Fact]
    public void However_the_bytes_are_split_the_ends_of_frames_are_found()
    {
        byte[] all = [.. Frames.SelectMany(frame => frame)];
        var ends = Frames.Select((_, i) => Frames.Take(i + 1).Sum(frame => frame.Length)).ToHashSet();
        for (var first = 0; first <= all.Length; first++)
        {
            for (var second = first; second <= all.Length; second++)
            {
                var tracker = new FrameTracker();
                tracker.Take(all.AsSpan(0, first), stopsBetweenFrames: false);
                Assert.Equal(first == 0 || ends.Contains(first), tracker.IsBetweenFrames);
                tracker.Take(all.AsSpan(first, second - first), stopsBetweenFrames: false);
                Assert.Equal(second == 0 || ends.Contains(second), tracker.IsBetweenFrames);
                Assert.False(tracker.HasClosed);
            }
        }
    }

    [Fact]
    public void It_stops_at_the_end_of_the_frame_that_it_is_in()
    {
        var tracker = new FrameTracker();
        tracker.Take([0x82, 3, 1], stopsBetweenFrames: false);

        Assert.Equal(2, tracker.Take([2, 3, 0x82, 1, 7], stopsBetweenFrames: true));
        Assert.True(tracker.IsBetweenFrames);
    }

    [Fact]
    public void After_a_close_frame_it_says_so()
    {
        var tracker = new FrameTracker();
        tracker.Take([0x88, 2, 3], stopsBetweenFrames: false);
        var before = tracker.HasClosed;
        tracker.Take([0xe8], stopsBetweenFrames: false);

        Assert.Equal((false, true), (before, tracker.HasClosed));
    }
}
