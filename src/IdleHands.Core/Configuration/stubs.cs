#pragma warning disable
namespace IdleHands.Configuration;
internal static class ConfigurationReader { public static ConfigurationInspection Inspect(byte[] b) => throw new NotImplementedException(); }
internal static class ConfigurationWriter { public static byte[] Write(byte[]? b, RuntimeConfiguration x, RuntimeConfiguration y) => throw new NotImplementedException(); }
internal static class ConfigurationValidator { public static IReadOnlyList<ConfigurationFinding> Validate(RuntimeConfiguration c) => throw new NotImplementedException(); }
internal static class EntryEdits {
 public static RuntimeConfiguration Add<T>(EntrySection<T> s, RuntimeConfiguration c, IEnumerable<T> e, Action<T, IdleHandsException> f) where T:class => throw new NotImplementedException();
 public static RuntimeConfiguration Change<T>(EntrySection<T> s, RuntimeConfiguration c, IEnumerable<string> e, Func<T,T> g, Action<string, IdleHandsException> f) where T:class => throw new NotImplementedException();
 public static RuntimeConfiguration Remove<T>(EntrySection<T> s, RuntimeConfiguration c, IEnumerable<string> e, bool r, Action<string, IdleHandsException> f) where T:class => throw new NotImplementedException();
}
