/**
 * dd-draggable.ts 14.1.0
 * Copyright (c) 2021-2025  Alain Dumesny - see GridStack root license
 */
import { DDBaseImplement, HTMLElementExtendOpt } from './dd-base-impl';
import { GridItemHTMLElement, DDDragOpt } from './types';
type DDDragEvent = 'drag' | 'dragstart' | 'dragstop';
export declare class DDDraggable extends DDBaseImplement implements HTMLElementExtendOpt<DDDragOpt> {
    el: GridItemHTMLElement;
    option: DDDragOpt;
    protected _autoScrollContainer?: HTMLElement;
    protected _autoScrollMaxSpeed?: number;
    protected static autoScrollBandMin: number;
    constructor(el: GridItemHTMLElement, option?: DDDragOpt);
    /** return all handles omitting other nested `.grid-stack-item` children (in case node.subGrid isn't set for some reason) */
    protected getAllHandles(): HTMLElement[];
    on(event: DDDragEvent, callback: (event: MouseEvent) => void): void;
    off(event: DDDragEvent): void;
    enable(): void;
    disable(forDestroy?: boolean): void;
    destroy(): void;
    updateOption(opts: DDDragOpt): DDDraggable;
    /**
     * Re-scans the item element for drag-handle elements after delayed content (React portal,
     * Angular component, etc.) has been rendered into the item.  Removes listeners from the
     * previous handle set, re-queries, then re-attaches.
     * Not needed for the default `.grid-stack-item-content` handle which is always present.
     */
    refreshHandles(): void;
    /**
     * Which grid (or trash) we're over goes by how much of the item is over it rather than where the cursor is, which depends on
     * where the item was grabbed (and can't get it above/below a sub-grid flush with its parent's edge, as both share that edge).
     * Go into the innermost one under the item's center once enough of it is over it (DDDroppable.enterOver - more for a
     * sub-grid, so coming in at the edge of a nest we go into its outer grid first, as we come out of it), and out once not
     * enough is (stayOver) to the closest outer grid still having enough of it. Going to a neighbor instead takes clearly
     * more of it over that one than ours (switchBy).
     */
    protected _checkDropTarget(e: MouseEvent): void;
}
export {};
