namespace IdleHands.Hosts;

/// <summary>What was seen of a directory that files are to be written to.</summary>
/// <param name="Path">The directory; where it is not there yet, it is made in the nearest one above that is.</param>
/// <param name="Problem">Why nothing can be written there; null where something can, or it can't be told.</param>
/// <param name="FreeBytes">What is free on its disk; null where it can't be told.</param>
internal sealed record DirectoryLook(string Path, string? Problem, long? FreeBytes);
