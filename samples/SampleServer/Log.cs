using System.Text;

namespace IdleHands.Samples.SampleServer;

/// <summary>Lines on standard error, where llama-server logs. Written as bytes: the console classes cost start-up time.</summary>
internal static class Log
{
    private static readonly Stream Error = Console.OpenStandardError();
    private static readonly Lock Gate = new();

    public static void Line(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text + "\n");
        lock (Gate)
        {
            try
            {
                Error.Write(bytes);
            }
            catch (IOException)
            {
                // Whoever read the log is gone; the server goes on without.
            }
        }
    }
}
